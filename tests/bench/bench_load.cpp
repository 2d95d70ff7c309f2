// The load of the benchmark: keep-alive connections on loopback, one thread on epoll.
//   bench_load --port N [--connections N] [--seconds S] [--requests N] [--rate R] [--ramp S]
//              [--body-bytes N] [--stream] [--pace MS --events N] [--key KEY]
//              [--model M] [--hold]
// Without --rate every connection asks anew as soon as it was answered (closed loop). With it,
// requests come at random times (Poisson, seeded), R a second on average, and a request's time
// counts from when it was due, whether a connection was free or not (open loop).
// --requests ends the closed loop after so many. --pace asks for streams of N events MS apart;
// every event that comes is compared with the time in it. --ramp spreads the first requests over S
// seconds. --hold asks once on each connection, prints "held" and keeps them until stdin ends.
// Prints one JSON object; exits with 1 when any reply was not the whole one expected.
#include "socket_tools.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <random>
#include <utility>
#include <vector>

using namespace sb::bench;
using Clock = std::chrono::steady_clock;

namespace {

constexpr size_t kRead = 256 * 1024;
constexpr std::chrono::seconds kPatience(30); // for what was asked, after the end
constexpr int kEvents = 62; // of a streamed reply

struct Options {
    int port = 0;
    int connections = 16;
    double seconds = 1;
    double rate = 0; // a second; 0: closed loop
    size_t bodyBytes = 0; // 0: a small request
    bool isStream = false;
    std::string key;
    std::string model = "c";
    size_t requests = 0; // 0: until the time is over
    double ramp = 0; // s
    int paceMs = 0; // 0: all events at once
    int events = kEvents; // of a stream
    bool isHold = false;
};

// De-chunks a reply and counts what matters.
class Reply {
public:
    // True when the reply is whole.
    bool feed(std::string_view bytes)
    {
        while (!bytes.empty()) {
            if (m_state != State::Body && m_state != State::Chunk) {
                if (!readLine(bytes))
                    return false;
                if (line())
                    return true;
                continue;
            }
            const size_t taken = std::min(bytes.size(), size_t(m_left));
            count(bytes.substr(0, taken));
            bytes.remove_prefix(taken);
            m_left -= long(taken);
            if (m_left > 0)
                return false;
            if (m_state == State::Body)
                return true;
            m_state = State::ChunkEnd;
        }
        return false;
    }
    // expectedEvents: 0 for a reply that is no stream.
    bool isGood(int expectedEvents) const
    {
        return m_status == 200 && (expectedEvents > 0 ? m_events == expectedEvents : m_body > 500);
    }
    // Times of sending that came since they were last taken, ns.
    std::vector<int64_t> &stamps() { return m_stamps; }
    bool isLast() const { return m_isLast; } // the server closes behind it
    size_t body() const { return m_body; }
    int events() const { return m_events; }

private:
    enum class State { Status, Fields, Body, ChunkSize, Chunk, ChunkEnd, Trailers };

    bool readLine(std::string_view &bytes)
    {
        const size_t end = bytes.find('\n');
        m_line.append(bytes.substr(0, end == std::string_view::npos ? bytes.size() : end + 1));
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        return end != std::string_view::npos;
    }

    // One whole line outside the body; true when it ended the reply.
    bool line()
    {
        const bool isEmpty = m_line == "\r\n";
        switch (m_state) {
        case State::Status:
            m_status = m_line.size() > 12 ? std::atoi(m_line.c_str() + 9) : 0;
            m_state = State::Fields;
            m_left = -1;
            break;
        case State::Fields:
            if (isEmpty) {
                m_state = m_left < 0 ? State::ChunkSize : State::Body;
                if (m_state == State::Body && m_left == 0)
                    return true;
            } else if (const long length = contentLength("\r\n" + m_line); length >= 0) {
                m_left = length;
            } else if (field("\r\n" + m_line, "connection") == "close") {
                m_isLast = true;
            }
            break;
        case State::ChunkSize:
            m_left = std::strtol(m_line.c_str(), nullptr, 16);
            m_state = m_left > 0 ? State::Chunk : State::Trailers;
            break;
        case State::ChunkEnd:
            m_state = State::ChunkSize;
            break;
        case State::Trailers:
            if (isEmpty)
                return true;
            break;
        case State::Body:
        case State::Chunk:
            break;
        }
        m_line.clear();
        return false;
    }

    void count(std::string_view data)
    {
        m_body += data.size();
        readStamps(data);
        for (size_t at = data.find('\n'); at != std::string_view::npos; at = data.find('\n', at)) {
            const bool isSecond = at == 0 ? m_lastByte == '\n' : data[at - 1] == '\n';
            m_events += isSecond ? 1 : 0;
            ++at;
        }
        if (!data.empty())
            m_lastByte = data.back();
    }

    // "@" and digits, wherever the bytes were cut.
    void readStamps(std::string_view data)
    {
        for (size_t at = m_isInStamp ? 0 : data.find('@'); at != std::string_view::npos;
             at = data.find('@', at)) {
            at += m_isInStamp ? 0 : 1;
            m_isInStamp = true;
            for (; at < data.size() && data[at] >= '0' && data[at] <= '9'; ++at)
                m_stamp = m_stamp * 10 + (data[at] - '0');
            if (at == data.size())
                return;
            m_stamps.push_back(std::exchange(m_stamp, 0));
            m_isInStamp = false;
        }
    }

    std::vector<int64_t> m_stamps;
    int64_t m_stamp = 0;
    bool m_isInStamp = false;
    State m_state = State::Status;
    std::string m_line;
    long m_left = -1;
    size_t m_body = 0;
    int m_status = 0;
    bool m_isLast = false;
    int m_events = 0; // empty lines of the body: ends of events
    char m_lastByte = 0;
};

struct Connection {
    int descriptor = -1;
    size_t sent = 0; // of the request
    bool isWaiting = false; // for room in the socket
    Clock::time_point due;
    Reply reply;
};

std::string request(const Options &options)
{
    // A conversation about source code: quotes, backslashes, line ends, some UTF-8.
    constexpr std::string_view code
        = R"(static int read_line(struct reader *r, char *to) {\n    if (r->at == r->end)\n        )"
          R"(return fail(r, \"nothing left\"); /* naïve — but short */\n    *to = r->text[r->at++];)"
          R"(\n    return r->depth < MAX && to[0] != '\\';\n}\n)";
    std::string body = R"({"model":")" + options.model + R"(",)";
    if (options.isStream)
        body += R"("stream":true,"stream_options":{"include_usage":true},)";
    body += R"("messages":[{"role":"user","content":")";
    if (options.paceMs > 0)
        body += "[[pace " + std::to_string(options.paceMs) + ' ' + std::to_string(options.events)
            + "]] ";
    body += R"(Say something about the weather in Oslo."})";
    while (body.size() + 600 < options.bodyBytes) {
        body += R"(,{"role":"user","content":")";
        for (size_t used = 0; used < 4000 && body.size() + 300 < options.bodyBytes;
             used += code.size())
            body += code;
        body += R"("},{"role":"assistant","content":"Read."})";
    }
    body += "]}";
    std::string head
        = "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:" + std::to_string(options.port)
        + "\r\nuser-agent: OpenAI/Python 2.8.0\r\naccept: application/json\r\n"
          "content-type: application/json\r\ncontent-length: "
        + std::to_string(body.size()) + "\r\n";
    if (!options.key.empty())
        head += "authorization: Bearer " + options.key + "\r\n";
    return head + "\r\n" + body;
}

class Load {
public:
    explicit Load(const Options &options)
        : m_options(options)
        , m_request(request(options))
        , m_expectedEvents(!options.isStream        ? 0
                               : options.paceMs > 0 ? options.events + 4 // role, end, usage, [DONE]
                                                    : kEvents)
        , m_connections(size_t(options.connections))
    {
    }

    int run()
    {
        m_epoll = epoll_create1(EPOLL_CLOEXEC);
        m_begun = Clock::now();
        const auto end = m_begun + seconds(m_options.seconds);
        m_nextDue = m_begun;
        for (Connection &connection : m_connections)
            m_idle.push_back(&connection);
        if (m_options.isHold)
            return hold();
        if (m_options.rate <= 0)
            begin();
        auto lastGood = Clock::time_point::max();
        while (!m_isBroken && (!m_isOver || isBusy())) {
            const auto now = Clock::now();
            m_isOver = m_options.requests > 0 ? m_asked >= m_options.requests : now >= end;
            if (m_isOver)
                lastGood = std::min(lastGood, now + kPatience);
            if (now > lastGood)
                fail("replies are missing after the end");
            step();
        }
        return report();
    }

private:
    static Clock::duration seconds(double value)
    {
        return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value));
    }

    // The first request of every connection of a closed loop.
    void begin()
    {
        const auto gap = seconds(m_options.ramp / double(m_connections.size()));
        auto due = Clock::now();
        while (!m_idle.empty() && !m_isBroken) {
            if (gap.count() > 0 && due > Clock::now()) {
                step();
                continue;
            }
            ask(takeIdle(), Clock::now());
            due += gap;
        }
    }

    int hold()
    {
        m_isOver = true; // a connection that was answered rests
        std::deque<Connection *> unasked;
        unasked.swap(m_idle);
        const size_t all = unasked.size();
        while (!m_isBroken && m_idle.size() < all) {
            constexpr size_t kAtOnce = 16;
            while (!unasked.empty() && all - unasked.size() - m_idle.size() < kAtOnce) {
                ask(*unasked.front(), Clock::now());
                unasked.pop_front();
            }
            step();
        }
        if (m_isBroken)
            return 1;
        std::puts("held");
        std::fflush(stdout);
        char nothing = 0;
        while (read(STDIN_FILENO, &nothing, 1) > 0) { }
        return 0;
    }

    bool isBusy() const
    {
        return m_idle.size() < m_connections.size() || (m_options.rate > 0 && !m_due.empty());
    }

    void open(Connection &connection)
    {
        connection.isWaiting = false;
        connection.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(m_options.port);
        if (connect(connection.descriptor, reinterpret_cast<const sockaddr *>(&address),
                    sizeof address)
            != 0)
            die("cannot connect");
        setNoDelay(connection.descriptor);
        fcntl(connection.descriptor, F_SETFL, O_NONBLOCK);
        watch(m_epoll, EPOLL_CTL_ADD, connection.descriptor, EPOLLIN, &connection);
    }

    Connection &takeIdle()
    {
        Connection *connection = m_idle.front();
        m_idle.pop_front();
        return *connection;
    }

    void ask(Connection &connection, Clock::time_point due)
    {
        ++m_asked;
        if (connection.descriptor < 0) // not before: a server may hang up on those who say nothing
            open(connection);
        connection.due = due;
        connection.sent = 0;
        connection.reply = Reply();
        send(connection);
    }

    void send(Connection &connection)
    {
        const ssize_t sent = ::send(connection.descriptor, m_request.data() + connection.sent,
                                    m_request.size() - connection.sent, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return fail("a connection broke while sending");
        connection.sent += size_t(std::max<ssize_t>(sent, 0));
        const bool isWaiting = connection.sent < m_request.size();
        if (isWaiting != connection.isWaiting)
            watch(m_epoll, EPOLL_CTL_MOD, connection.descriptor,
                  isWaiting ? EPOLLIN | EPOLLOUT : EPOLLIN, &connection);
        connection.isWaiting = isWaiting;
    }

    void step()
    {
        timespec wait{0, m_options.ramp > 0 && !m_idle.empty() ? 200'000 : 50'000'000};
        if (m_options.rate > 0) {
            const auto now = Clock::now();
            while (!m_isOver && m_nextDue <= now) {
                m_due.push_back(m_nextDue);
                m_nextDue += seconds(m_gap(m_random));
            }
            while (!m_due.empty() && !m_idle.empty()) {
                ask(takeIdle(), m_due.front());
                m_due.pop_front();
            }
            if (!m_isOver) {
                const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
                    m_nextDue - Clock::now());
                wait.tv_nsec = std::clamp<long>(left.count(), 0, 50'000'000);
            }
        }
        epoll_event events[256];
        const int count = epoll_pwait2(m_epoll, events, 256, &wait, nullptr);
        for (int i = 0; i < count && !m_isBroken; ++i) {
            auto &connection = *static_cast<Connection *>(events[i].data.ptr);
            if (events[i].events & EPOLLOUT)
                send(connection);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                receive(connection);
        }
    }

    void receive(Connection &connection)
    {
        const ssize_t got = recv(connection.descriptor, m_buffer.data(), m_buffer.size(), 0);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0)
            return fail("a connection was closed");
        const int64_t now = m_options.paceMs > 0 ? monotonicNs() : 0;
        const bool isWhole = connection.reply.feed({m_buffer.data(), size_t(got)});
        for (const int64_t sentNs : connection.reply.stamps())
            m_delays.push_back(float(now - sentNs) / 1e3F);
        connection.reply.stamps().clear();
        if (!isWhole)
            return;
        if (!connection.reply.isGood(m_expectedEvents)) {
            std::fprintf(stderr, "%.*s\n", int(std::min<ssize_t>(got, 1000)), m_buffer.data());
            return fail("a reply was not the expected one");
        }
        const std::chrono::duration<double, std::micro> took = Clock::now() - connection.due;
        m_micros.push_back(took.count());
        m_events += connection.reply.events();
        m_bodyBytes += connection.reply.body();
        if (connection.reply.isLast()) { // a server may limit the requests of a connection
            close(connection.descriptor);
            connection.descriptor = -1;
        }
        if (m_options.rate > 0 || m_isOver)
            m_idle.push_back(&connection);
        else
            ask(connection, Clock::now());
    }

    void fail(const char *what)
    {
        std::fprintf(stderr, "%s\n", what);
        m_isBroken = true;
    }

    int report()
    {
        const std::chrono::duration<double> took = Clock::now() - m_begun;
        std::sort(m_micros.begin(), m_micros.end());
        std::sort(m_delays.begin(), m_delays.end());
        const auto at = [](const auto &sorted, double share) {
            return sorted.empty() ? 0. : double(sorted[size_t(share * double(sorted.size() - 1))]);
        };
        std::printf("{\"requests\":%zu,\"seconds\":%.3f,\"rps\":%.0f,\"p50_us\":%.1f,"
                    "\"p99_us\":%.1f,\"events\":%ld,\"stamped_events\":%zu,"
                    "\"event_p50_us\":%.1f,\"event_p99_us\":%.1f,\"body_bytes\":%zu,"
                    "\"good\":%s}\n",
                    m_micros.size(), took.count(), double(m_micros.size()) / took.count(),
                    at(m_micros, 0.5), at(m_micros, 0.99), m_events, m_delays.size(),
                    at(m_delays, 0.5), at(m_delays, 0.99), m_bodyBytes,
                    m_isBroken ? "false" : "true");
        return m_isBroken || m_micros.empty() ? 1 : 0;
    }

    const Options m_options;
    const std::string m_request;
    const int m_expectedEvents; // of a reply
    std::vector<float> m_delays; // of stamped events, µs
    size_t m_asked = 0;
    std::vector<Connection> m_connections;
    std::deque<Connection *> m_idle;
    std::deque<Clock::time_point> m_due; // open loop: asked for, no connection free yet
    Clock::time_point m_begun;
    Clock::time_point m_nextDue;
    std::mt19937_64 m_random{7};
    std::exponential_distribution<double> m_gap{m_options.rate > 0 ? m_options.rate : 1};
    std::vector<double> m_micros;
    std::vector<char> m_buffer = std::vector<char>(kRead);
    long m_events = 0;
    size_t m_bodyBytes = 0;
    int m_epoll = -1;
    bool m_isOver = false;
    bool m_isBroken = false;
};

} // namespace

int main(int argc, char **argv)
{
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--stream") {
            options.isStream = true;
            continue;
        }
        if (name == "--hold") {
            options.isHold = true;
            continue;
        }
        const char *value = i + 1 < argc ? argv[++i] : "";
        if (name == "--port")
            options.port = std::atoi(value);
        else if (name == "--connections")
            options.connections = std::max(1, std::atoi(value));
        else if (name == "--seconds")
            options.seconds = std::atof(value);
        else if (name == "--rate")
            options.rate = std::atof(value);
        else if (name == "--body-bytes")
            options.bodyBytes = size_t(std::atol(value));
        else if (name == "--model")
            options.model = value;
        else if (name == "--requests")
            options.requests = size_t(std::atol(value));
        else if (name == "--ramp")
            options.ramp = std::atof(value);
        else if (name == "--pace")
            options.paceMs = std::atoi(value);
        else if (name == "--events")
            options.events = std::max(1, std::atoi(value));
        else if (name == "--key")
            options.key = value;
        else
            options.port = 0;
    }
    if (options.port <= 0) {
        std::fputs("usage: bench_load --port N [--connections N] [--seconds S] [--requests N] "
                   "[--rate R] [--ramp S] [--body-bytes N] [--stream] [--pace MS --events N] "
                   "[--key KEY] [--model M] [--hold]\n",
                   stderr);
        return 2;
    }
    return Load(options).run();
}
