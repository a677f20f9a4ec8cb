// The bridge: how an answer from another thread comes back to the logic thread. Every foreign thread answers by a completion
// callback; `bridge` turns "start it and call me back" into something a coroutine can co_await.
//
//   auto answer = co_await bridge<Result<CommandOutcome>>([&](auto done) { return store.submit(command, done); });
//
// `start` gets a std::function<void(T)> that may be called on any thread, once, and returns false when the work was refused
// (then the callback is never called). A refusal completes with std::nullopt, and so does a callback whose last copy is
// destroyed uncalled: whoever waits always hears something. A second call is ignored.
//
// The coroutine always resumes through a post to its own executor, never inside start() and never on the foreign thread.
// The io_context has work for as long as the answer is outstanding; it must outlive every copy of the callback and every call
// of one (a foreign thread may still be leaving post() when the coroutine has long resumed), so foreign threads are joined
// and their queues emptied before it goes.
//
// g++ 12 destroys temporaries inside a co_await expression twice when they own something: `start` must be trivially
// destructible (capture by reference), which the static_assert holds, and so is everything this file puts into one. The
// coroutine frame outlives the call, so references into it are safe.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace tillgate {

namespace asio = boost::asio;

namespace detail {

// One answer on its way: owned by all copies of the callback together, so that the last of them can speak for a lost one.
template <class T, class Handler>
class Waiting {
 public:
  Waiting(Handler handler, const asio::any_io_executor& executor)
      : work_(asio::make_work_guard(executor)), handler_(std::move(handler)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { finish(std::nullopt); }

  void finish(std::optional<T>&& value) {
    if (finished_.exchange(true)) return;
    auto executor = work_.get_executor();
    // Asio moves the function some times on its way: a pointer, instead of a whole answer.
    auto answer = std::make_unique<std::optional<T>>(std::move(value));
    asio::post(executor, [work = std::move(work_), handler = std::move(handler_), answer = std::move(answer)]() mutable {
      handler(std::move(*answer));
    });
  }

 private:
  asio::executor_work_guard<asio::any_io_executor> work_;
  Handler handler_;
  std::atomic<bool> finished_{false};
};

}  // namespace detail

template <class T, class Start>
asio::awaitable<std::optional<T>> bridge(Start start) {
  static_assert(std::is_trivially_destructible_v<Start>, "capture by reference: g++ 12 would destroy an owning capture twice");
  auto executor = co_await asio::this_coro::executor;
  auto initiate = [&](auto handler) {
    // The handler is move-only and std::function wants copies: share it.
    auto waiting = std::make_shared<detail::Waiting<T, decltype(handler)>>(std::move(handler), executor);
    std::function<void(T)> done = [waiting](T&& value) { waiting->finish(std::optional<T>(std::move(value))); };
    if (!start(std::move(done))) waiting->finish(std::nullopt);
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::optional<T>)>(initiate,
                                                                                                  asio::use_awaitable);
}

}  // namespace tillgate
