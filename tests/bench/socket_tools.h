// What the mock upstream and the load generator share: descriptors on loopback, header fields.
#pragma once

#include <arpa/inet.h>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace sb::bench {

[[noreturn]] inline void die(const char *what)
{
    std::perror(what);
    std::exit(1);
}

// The same for every process of this machine.
inline int64_t monotonicNs()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return int64_t(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

inline sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(uint16_t(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

inline void setNoDelay(int descriptor)
{
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

inline void watch(int epoll, int operation, int descriptor, uint32_t events, void *owner)
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = owner;
    if (epoll_ctl(epoll, operation, descriptor, &event) != 0)
        die("epoll_ctl");
}

// The value of a field in a head; the name in any case.
inline std::optional<std::string_view> field(std::string_view head, std::string_view name)
{
    for (size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        if (head.size() - at <= name.size() || head[at + name.size()] != ':'
            || strncasecmp(head.data() + at, name.data(), name.size()) != 0)
            continue;
        std::string_view value = head.substr(at + name.size() + 1);
        value = value.substr(0, value.find("\r\n"));
        while (value.starts_with(' '))
            value.remove_prefix(1);
        return value;
    }
    return std::nullopt;
}

// -1 without one.
inline long contentLength(std::string_view head)
{
    const auto value = field(head, "content-length");
    long length = -1;
    if (value)
        std::from_chars(value->data(), value->data() + value->size(), length);
    return length;
}

} // namespace sb::bench
