#include "http/resolver.h"

#include <QHostInfo>
#include <QObject>

namespace sb::http {

namespace {

class SystemLookup final : public Lookup {
public:
    SystemLookup(const QByteArray &host, Resolver::Done done)
        : m_done(std::move(done))
    {
        m_id = QHostInfo::lookupHost(QString::fromLatin1(host), &m_context,
                                     [this](const QHostInfo &info) { finish(info); });
    }
    ~SystemLookup() override
    {
        if (m_id != -1)
            QHostInfo::abortHostLookup(m_id);
    }

private:
    void finish(const QHostInfo &info)
    {
        m_id = -1;
        const auto done = std::move(m_done);
        if (info.error() != QHostInfo::NoError || info.addresses().isEmpty()) {
            done(unexpected(
                Error::make(QStringLiteral("lookup_failed"), info.errorString(), Blame::Upstream)));
            return;
        }
        done(info.addresses());
    }

    QObject m_context; // its death drops an answer that is already on its way
    Resolver::Done m_done;
    int m_id = -1;
};

} // namespace

std::unique_ptr<Lookup> SystemResolver::lookup(const QByteArray &host, Done done)
{
    return std::make_unique<SystemLookup>(host, std::move(done));
}

} // namespace sb::http
