// A value or an Error, with the member names of std::expected (which g++ 12 has only in C++23
// mode).
#pragma once

#include "base/error.h"

#include <utility>
#include <variant>

namespace sb {

struct Unexpected {
    Error error;
};

inline Unexpected unexpected(Error error)
{
    return Unexpected{std::move(error)};
}

template <typename T> class [[nodiscard]] Result {
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Unexpected unexpected)
        : m_state(std::in_place_index<1>, std::move(unexpected.error))
    {
    }

    bool has_value() const { return m_state.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T &value() { return std::get<0>(m_state); }
    const T &value() const { return std::get<0>(m_state); }
    T &operator*() { return value(); }
    const T &operator*() const { return value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }
    const Error &error() const { return std::get<1>(m_state); }

    template <typename U> T value_or(U &&fallback) const
    {
        return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
    }

private:
    std::variant<T, Error> m_state;
};

template <> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Unexpected unexpected)
        : m_error(std::move(unexpected.error))
        , m_ok(false)
    {
    }

    bool has_value() const { return m_ok; }
    explicit operator bool() const { return m_ok; }
    const Error &error() const { return m_error; }

private:
    Error m_error;
    bool m_ok = true;
};

} // namespace sb
