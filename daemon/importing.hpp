// Importing: the thread that imports live on. It owns their desk and their files, waits for the store's answers and blocks nobody else;
// the logic thread asks it by message. Between two steps of an import it does what it was asked.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "daemon/gateway.hpp"
#include "daemon/import_desk.hpp"

namespace tillgate {

class Importing {
 public:
  Importing(boost::asio::io_context& io, Gateway& gateway);
  ~Importing();  // stops
  Importing(const Importing&) = delete;
  Importing& operator=(const Importing&) = delete;

  void start();  // goes on with what an earlier process left
  void stop();   // after the step that runs; before the store goes

  // Runs `job` on the imports' thread. False: too many wait, or it has stopped.
  [[nodiscard]] bool ask(std::function<void(ImportDesk&)> job);

  // On the logic thread, with every import that has moved: the place where live events are fed from. At most some per second and
  // import, and always the last one.
  void on_progress(std::function<void(const ImportJob&)> listener);

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace tillgate
