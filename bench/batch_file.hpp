// A file of batches as they travel: length (4 bytes, big-endian), bytes, for each. Written by bench_store.
#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace tillgate::bench {

inline std::vector<std::string> batches_in(const std::string& file) {
  std::vector<std::string> batches;
  std::ifstream in(file, std::ios::binary);
  for (char length[4]; in.read(length, 4);) {
    std::uint32_t size = 0;
    for (const char byte : length) size = size << 8 | static_cast<unsigned char>(byte);
    std::string bytes(size, '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(size))) throw std::runtime_error(file + " ends within a batch");
    batches.push_back(std::move(bytes));
  }
  if (batches.empty()) throw std::runtime_error(file + " holds no batch");
  return batches;
}

}  // namespace tillgate::bench
