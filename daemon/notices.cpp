#include "daemon/notices.hpp"

#include <algorithm>

namespace tillgate {

void Notices::say(std::string topic, std::string event, std::string data) {
  std::erase_if(notices_, [&](const Notice& notice) { return notice.topic == topic; });
  if (notices_.size() == kNoticeTopicsMax) notices_.erase(notices_.begin());
  notices_.push_back({++last_, std::move(topic), std::move(event), std::move(data)});
  if (listener_) listener_();
}

std::vector<Notice> Notices::after(std::uint64_t number) const {
  std::vector<Notice> news;
  for (const auto& notice : notices_)
    if (notice.number > number) news.push_back(notice);
  return news;
}

}  // namespace tillgate
