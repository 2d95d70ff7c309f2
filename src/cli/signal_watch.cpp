#include "cli/signal_watch.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sb::cli {

namespace {
volatile int g_wake = -1; // read by the handler only

void handle(int number)
{
    const char byte = char(number);
    [[maybe_unused]] const ssize_t written = ::write(g_wake, &byte, 1);
}
} // namespace

SignalWatch::SignalWatch(QObject *parent)
    : QObject(parent)
    , m_notifier(QSocketNotifier::Read)
{
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, m_pair) != 0)
        return;
    g_wake = m_pair[0];
    m_notifier.setSocket(m_pair[1]);
    m_notifier.setEnabled(true);
    connect(&m_notifier, &QSocketNotifier::activated, this, &SignalWatch::read);
    struct sigaction action = {};
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        sigaction(number, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
}

SignalWatch::~SignalWatch()
{
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        signal(number, SIG_DFL);
    g_wake = -1;
    m_notifier.setEnabled(false);
    ::close(m_pair[0]);
    ::close(m_pair[1]);
}

void SignalWatch::read()
{
    char bytes[16];
    ssize_t count;
    while ((count = ::read(m_pair[1], bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < count; ++i) {
            if (bytes[i] == SIGHUP)
                emit hungUp();
            else
                emit terminated();
        }
    }
}

} // namespace sb::cli
