// The bridge: how an answer from another thread comes back to the logic thread. Every foreign thread answers by a completion
// callback; `bridge` turns "start it and call me back" into something a coroutine can co_await.
//
//   auto answer = co_await bridge<Result<CommandOutcome>>([&](auto done) { return store.submit(command, done); });
//
// `start` gets a std::function<void(T)> that may be called on any thread, once, and returns false when the work was refused
// (then the callback is never called). A refusal completes with std::nullopt.
//
// g++ 12 destroys temporaries inside a co_await expression twice when they own something: `start` must be trivially
// destructible (capture by reference), which the static_assert holds. The coroutine frame outlives the call, so references
// into it are safe.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

namespace tillgate {

namespace asio = boost::asio;

template <class T, class Start>
asio::awaitable<std::optional<T>> bridge(Start start) {
  static_assert(std::is_trivially_destructible_v<Start>, "capture by reference: g++ 12 would destroy an owning capture twice");
  auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::optional<T>)>(
      [executor, &start](auto handler) {
        // The handler is move-only and std::function wants copies: share it. Work is tracked so that the io_context
        // does not run out while a foreign thread is busy for us.
        struct Waiting {
          decltype(handler) then;
          asio::any_io_executor executor;
          asio::executor_work_guard<asio::any_io_executor> work;
        };
        auto waiting = std::make_shared<Waiting>(Waiting{std::move(handler), executor, asio::make_work_guard(executor)});
        auto finish = [waiting](std::optional<T> value) {
          asio::post(waiting->executor, [waiting, value = std::move(value)]() mutable {
            auto then = std::move(waiting->then);
            waiting->work.reset();
            then(std::move(value));
          });
        };
        std::function<void(T)> done = [finish](T value) { finish(std::optional<T>(std::move(value))); };
        if (!start(std::move(done))) finish(std::nullopt);
      },
      asio::use_awaitable);
}

}  // namespace tillgate
