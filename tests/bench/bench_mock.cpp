// The upstream of the benchmark: answers OpenAI chat requests on loopback, one thread on epoll.
//   bench_mock        prints "PORT\n", serves until it is killed
// A request whose body says "stream":true within its first 256 bytes gets 62 SSE events in one
// write, a chunk each; any other gets about 750 bytes of JSON. Every reply is built once.
#include "socket_tools.h"

#include <algorithm>
#include <cerrno>
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

std::string streamReply()
{
    std::string reply = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                        "x-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n";
    reply += event(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null})",
                   "null");
    for (int i = 0; i < kWords; ++i)
        reply += event(R"({"index":0,"delta":{"content":" word)" + std::to_string(i)
                           + R"("},"logprobs":null,"finish_reason":null})",
                       "null");
    reply += event(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"})", "null");
    reply += event("", R"({"prompt_tokens":40,"completion_tokens":58,"total_tokens":98})");
    return reply + chunk("data: [DONE]\n\n") + "0\r\n\r\n";
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
            const int count = epoll_wait(m_epoll, events, 256, -1);
            for (int i = 0; i < count; ++i) {
                auto *connection = static_cast<Connection *>(events[i].data.ptr);
                if (!connection) {
                    accept();
                } else if (!serve(*connection, events[i].events)) {
                    close(connection->descriptor);
                    delete connection;
                }
            }
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
            watch(m_epoll, EPOLL_CTL_ADD, descriptor, EPOLLIN, new Connection{descriptor});
        }
    }

    // False when the connection is over.
    bool serve(Connection &connection, uint32_t events)
    {
        if (events & EPOLLOUT && !flush(connection))
            return false;
        if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
            return true;
        const ssize_t got = recv(connection.descriptor, m_buffer.data(), m_buffer.size(), 0);
        if (got <= 0)
            return got < 0 && errno == EAGAIN;
        std::string_view bytes(m_buffer.data(), size_t(got));
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
            const bool isStream
                = std::string_view(connection.in).find("\"stream\":true") != std::string_view::npos;
            connection.out += isStream ? m_stream : m_whole;
            connection.in.clear();
            connection.bodyLeft = -1;
            if (!flush(connection))
                return false;
        }
        return true;
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
        const ssize_t sent = send(connection.descriptor, connection.out.data(),
                                  connection.out.size(), MSG_NOSIGNAL);
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
    const std::string m_stream = streamReply();
    const std::string m_whole = wholeReply();
    std::vector<char> m_buffer = std::vector<char>(kRead);
};

} // namespace

int main()
{
    return Mock().run();
}
