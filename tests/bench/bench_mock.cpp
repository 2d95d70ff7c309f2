// The upstream of the benchmark: answers OpenAI chat requests on loopback, one thread on epoll.
//   bench_mock [--tls CERTIFICATE KEY]      prints "PORT\n", serves until it is killed
// A request whose body says "stream":true within its first 256 bytes gets 62 SSE events in one
// write, a chunk each, or, where it also says "[[pace MS N]]", N events MS apart, each with the
// time it was sent at ("@" and ns of the monotonic clock). Any other gets about 750 bytes of JSON.
// Replies that are not paced are built once.
#include "socket_tools.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <queue>
#include <unordered_map>
#include <vector>

using namespace sb::bench;

namespace {

constexpr int kWords = 58; // with role, finish, usage and [DONE]: 62 events
constexpr size_t kRead = 256 * 1024;

struct Connection {
    int descriptor;
    std::string in; // a head so far, or the first bytes of a body
    long bodyLeft = -1; // -1: in the head
    std::string out; // what the socket did not take yet
    bool isWaiting = false; // for room in the socket
    uint64_t number = 0; // counts up, never reused
    SSL *ssl = nullptr; // null: plain
    long paceNs = 0; // of the stream it sends
    int eventsLeft = 0;
};

// When a stream's next event is due.
struct Tick {
    int64_t dueNs;
    uint64_t connection;
    bool operator>(const Tick &other) const { return dueNs > other.dueNs; }
};

std::string chunk(const std::string &data)
{
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return size + data + "\r\n";
}

std::string event(const std::string &choices, const std::string &usage)
{
    return chunk("data: {\"id\":\"chatcmpl-bench0123456789abcdefghijklm\",\"object\":"
                 "\"chat.completion.chunk\",\"created\":1790000000,\"model\":"
                 "\"mock-model-2026-01-01\",\"service_tier\":\"default\",\"system_fingerprint\":"
                 "\"fp_0123456789\",\"choices\":["
                 + choices + "],\"usage\":" + usage + "}\n\n");
}

std::string streamHead()
{
    return "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
           "x-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n"
        + event(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null})",
                "null");
}

std::string wordEvent(const std::string &word)
{
    return event(R"({"index":0,"delta":{"content":")" + word
                     + R"("},"logprobs":null,"finish_reason":null})",
                 "null");
}

std::string streamTail()
{
    return event(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"})", "null")
        + event("", R"({"prompt_tokens":40,"completion_tokens":58,"total_tokens":98})")
        + chunk("data: [DONE]\n\n") + "0\r\n\r\n";
}

std::string streamReply()
{
    std::string reply = streamHead();
    for (int i = 0; i < kWords; ++i)
        reply += wordEvent(" word" + std::to_string(i));
    return reply + streamTail();
}

std::string wholeReply()
{
    std::string text;
    while (text.size() < 280)
        text += "All work and no play makes a \\\"dull\\\" benchmark.\\n";
    const std::string body
        = R"({"id":"chatcmpl-bench0123456789abcdefghijklm","object":"chat.completion",)"
          R"("created":1790000000,"model":"mock-model-2026-01-01","choices":[{"index":0,"message":)"
          R"({"role":"assistant","content":")"
        + text
        + R"(","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":40,)"
          R"("completion_tokens":58,"total_tokens":98,"prompt_tokens_details":{"cached_tokens":0},)"
          R"("completion_tokens_details":{"reasoning_tokens":0}},"service_tier":"default",)"
          R"("system_fingerprint":"fp_0123456789"})";
    return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\n"
           "content-length: "
        + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class Mock {
public:
    explicit Mock(SSL_CTX *context)
        : m_context(context)
    {
    }

    int run()
    {
        m_epoll = epoll_create1(EPOLL_CLOEXEC);
        m_listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        if (bind(m_listener, reinterpret_cast<sockaddr *>(&address), size) != 0
            || listen(m_listener, 4096) != 0
            || getsockname(m_listener, reinterpret_cast<sockaddr *>(&address), &size) != 0)
            die("cannot listen");
        watch(m_epoll, EPOLL_CTL_ADD, m_listener, EPOLLIN, nullptr);
        std::printf("%d\n", ntohs(address.sin_port));
        std::fflush(stdout);
        epoll_event events[256];
        for (;;) {
            timespec wait{};
            if (!m_ticks.empty()) {
                const int64_t left = std::max<int64_t>(0, m_ticks.top().dueNs - monotonicNs());
                wait = {left / 1'000'000'000, left % 1'000'000'000};
            }
            const int count
                = epoll_pwait2(m_epoll, events, 256, m_ticks.empty() ? nullptr : &wait, nullptr);
            for (int i = 0; i < count; ++i) {
                auto *connection = static_cast<Connection *>(events[i].data.ptr);
                if (!connection)
                    accept();
                else if (!serve(*connection, events[i].events))
                    drop(*connection);
            }
            sendDue();
        }
    }

private:
    void accept()
    {
        for (;;) {
            const int descriptor
                = accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor < 0)
                return;
            setNoDelay(descriptor);
            auto connection = std::make_unique<Connection>();
            connection->descriptor = descriptor;
            connection->number = ++m_accepted;
            if (m_context) {
                connection->ssl = SSL_new(m_context);
                SSL_set_fd(connection->ssl, descriptor);
                SSL_set_accept_state(connection->ssl);
            }
            watch(m_epoll, EPOLL_CTL_ADD, descriptor, EPOLLIN, connection.get());
            m_connections.emplace(connection->number, std::move(connection));
        }
    }

    void drop(Connection &connection)
    {
        SSL_free(connection.ssl);
        close(connection.descriptor);
        m_connections.erase(connection.number);
    }

    void sendDue()
    {
        const int64_t now = m_ticks.empty() ? 0 : monotonicNs();
        while (!m_ticks.empty() && m_ticks.top().dueNs <= now) {
            const Tick tick = m_ticks.top();
            m_ticks.pop();
            const auto found = m_connections.find(tick.connection);
            if (found == m_connections.end() || found->second->eventsLeft == 0)
                continue;
            Connection &connection = *found->second;
            connection.out += wordEvent("@" + std::to_string(monotonicNs()));
            if (--connection.eventsLeft == 0)
                connection.out += m_tail;
            else
                m_ticks.push({tick.dueNs + connection.paceNs, tick.connection});
            if (!flush(connection))
                drop(connection);
        }
    }

    // As recv() and send(), through TLS where there is one.
    ssize_t receive(Connection &connection)
    {
        if (!connection.ssl)
            return recv(connection.descriptor, m_buffer.data(), m_buffer.size(), 0);
        ERR_clear_error();
        const int got = SSL_read(connection.ssl, m_buffer.data(), int(m_buffer.size()));
        return got > 0 ? got : failure(connection, got);
    }

    ssize_t give(Connection &connection)
    {
        if (!connection.ssl)
            return send(connection.descriptor, connection.out.data(), connection.out.size(),
                        MSG_NOSIGNAL);
        if (connection.out.empty())
            return 0;
        ERR_clear_error();
        const int sent
            = SSL_write(connection.ssl, connection.out.data(), int(connection.out.size()));
        return sent > 0 ? sent : failure(connection, sent);
    }

    static ssize_t failure(Connection &connection, int result)
    {
        const int why = SSL_get_error(connection.ssl, result);
        errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
        return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
    }

    // False when the connection is over.
    bool serve(Connection &connection, uint32_t events)
    {
        if (events & EPOLLOUT && !flush(connection))
            return false;
        if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
            return true;
        do {
            const ssize_t got = receive(connection);
            if (got <= 0)
                return got < 0 && errno == EAGAIN;
            if (!take(connection, {m_buffer.data(), size_t(got)}))
                return false;
        } while (connection.ssl); // until nothing waits in it
        return true;
    }

    bool take(Connection &connection, std::string_view bytes)
    {
        while (!bytes.empty()) {
            if (connection.bodyLeft < 0 && !readHead(connection, bytes))
                return connection.in.size() < 64 * 1024;
            const size_t taken = std::min(bytes.size(), size_t(connection.bodyLeft));
            if (connection.in.size() < 256)
                connection.in.append(bytes.substr(0, std::min<size_t>(taken, 256)));
            bytes.remove_prefix(taken);
            connection.bodyLeft -= long(taken);
            if (connection.bodyLeft > 0)
                continue;
            answer(connection);
            connection.in.clear();
            connection.bodyLeft = -1;
            if (!flush(connection))
                return false;
        }
        return true;
    }

    void answer(Connection &connection)
    {
        const std::string_view body = connection.in;
        if (body.find("\"stream\":true") == std::string_view::npos) {
            connection.out += m_whole;
            return;
        }
        const size_t pace = body.find("[[pace ");
        int ms = 0;
        int events = 0;
        if (pace == std::string_view::npos
            || std::sscanf(connection.in.c_str() + pace, "[[pace %d %d", &ms, &events) != 2) {
            connection.out += m_stream;
            return;
        }
        connection.paceNs = ms * 1'000'000L;
        connection.eventsLeft = std::max(1, events);
        connection.out += m_head;
        m_ticks.push({monotonicNs() + connection.paceNs, connection.number});
    }

    bool readHead(Connection &connection, std::string_view &bytes)
    {
        const size_t before = connection.in.size();
        connection.in.append(bytes);
        const size_t end = connection.in.find("\r\n\r\n");
        if (end == std::string::npos) {
            bytes = {};
            return false;
        }
        bytes.remove_prefix(end + 4 - before);
        connection.bodyLeft
            = std::max(0L, contentLength(std::string_view(connection.in).substr(0, end + 2)));
        connection.in.clear();
        return true;
    }

    bool flush(Connection &connection)
    {
        const ssize_t sent = give(connection);
        if (sent < 0 && errno != EAGAIN)
            return false;
        connection.out.erase(0, size_t(std::max<ssize_t>(sent, 0)));
        const bool isWaiting = !connection.out.empty();
        if (isWaiting != connection.isWaiting)
            watch(m_epoll, EPOLL_CTL_MOD, connection.descriptor,
                  isWaiting ? EPOLLIN | EPOLLOUT : EPOLLIN, &connection);
        connection.isWaiting = isWaiting;
        return true;
    }

    int m_epoll = -1;
    int m_listener = -1;
    SSL_CTX *m_context;
    std::unordered_map<uint64_t, std::unique_ptr<Connection>> m_connections;
    uint64_t m_accepted = 0;
    std::priority_queue<Tick, std::vector<Tick>, std::greater<>> m_ticks;
    const std::string m_stream = streamReply();
    const std::string m_head = streamHead();
    const std::string m_tail = streamTail();
    const std::string m_whole = wholeReply();
    std::vector<char> m_buffer = std::vector<char>(kRead);
};

} // namespace

int main(int argc, char **argv)
{
    SSL_CTX *context = nullptr;
    if (argc == 4 && std::string_view(argv[1]) == "--tls") {
        context = SSL_CTX_new(TLS_server_method());
        if (!context || SSL_CTX_use_certificate_chain_file(context, argv[2]) != 1
            || SSL_CTX_use_PrivateKey_file(context, argv[3], SSL_FILETYPE_PEM) != 1) {
            ERR_print_errors_fp(stderr);
            return 1;
        }
        SSL_CTX_set_mode(context,
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
    return Mock(context).run();
}
