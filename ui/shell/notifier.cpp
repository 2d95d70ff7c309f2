#include "shell/notifier.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDateTime>
#include <QSettings>

namespace sb::shell {

namespace {

const QString kService = QStringLiteral("org.freedesktop.Notifications");
const QString kPath = QStringLiteral("/org/freedesktop/Notifications");
constexpr int kMostShown = 32;

} // namespace

words::AlertText textOf(const models::Alert &alert, const words::Names &names, qint64 nowWallMs)
{
    using Kind = models::Alert::Kind;
    switch (alert.kind) {
    case Kind::FailedOver:
        return words::failedOver(alert.chain, alert.rank, alert.sinceWallMs, nowWallMs);
    case Kind::Failing:
        return words::failing(alert.chain, alert.sinceWallMs, nowWallMs);
    case Kind::Recovered:
        return words::recovered(alert.chain, alert.rank);
    case Kind::KeyRejected:
        return words::keyRejected(names, alert.provider, alert.key);
    case Kind::BudgetWarned:
        return words::budgetWarned(alert.budget);
    case Kind::BudgetReached:
        return words::budgetReached(alert.budget);
    }
    return {};
}

bool isWithin(QTime now, QTime from, QTime to)
{
    if (!from.isValid() || !to.isValid() || from == to)
        return false;
    return from < to ? now >= from && now < to : now >= from || now < to;
}

Notifier::Notifier(link::EngineLink &link, QSettings &settings,
                   std::function<void(const QString &, const QString &)> fallback, QObject *parent)
    : QObject(parent)
    , m_settings(settings)
    , m_fallback(std::move(fallback))
{
    connect(&link, &link::EngineLink::frameArrived, this, &Notifier::takeFrame);
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kService, kPath, kService, QStringLiteral("ActionInvoked"), this,
                SLOT(actionInvoked(uint, QString)));
    bus.connect(kService, kPath, kService, QStringLiteral("NotificationClosed"), this,
                SLOT(notificationClosed(uint, uint)));
}

void Notifier::takeFrame(const FramePtr &frame)
{
    // Watched even while quiet, so that the end of the quiet hours brings no old news.
    const QList<models::Alert> alerts = m_alerts.take(*frame);
    if (alerts.isEmpty() || !m_settings.value(QStringLiteral("notify/on"), true).toBool()
        || isQuiet(frame->wallMs))
        return;
    const words::Names names = words::namesIn(*frame);
    for (const models::Alert &alert : alerts)
        tell(textOf(alert, names, frame->wallMs));
}

bool Notifier::isQuiet(qint64 nowWallMs) const
{
    if (!m_settings.value(QStringLiteral("notify/quiet"), false).toBool())
        return false;
    return isWithin(QDateTime::fromMSecsSinceEpoch(nowWallMs).time(),
                    m_settings.value(QStringLiteral("notify/quiet_from"), QTime(22, 0)).toTime(),
                    m_settings.value(QStringLiteral("notify/quiet_to"), QTime(8, 0)).toTime());
}

void Notifier::tell(const words::AlertText &text)
{
    m_last = text;
    emit told(text);
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) {
        m_fallback(text.title, text.body);
        return;
    }
    QDBusMessage call
        = QDBusMessage::createMethodCall(kService, kPath, kService, QStringLiteral("Notify"));
    // The body may be read as markup by the service.
    call.setArguments(
        {QStringLiteral("Signalbox"), 0u, QStringLiteral("io.github.signalbox.Signalbox"),
         text.title, text.body.toHtmlEscaped(),
         QStringList{QStringLiteral("default"), text.action, QStringLiteral("open"), text.action},
         QVariantMap{
             {QStringLiteral("desktop-entry"), QStringLiteral("io.github.signalbox.Signalbox")}},
         -1});
    auto *watcher = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [this, text](QDBusPendingCallWatcher *done) {
                const QDBusPendingReply<uint> reply = *done;
                done->deleteLater();
                if (reply.isError()) {
                    m_fallback(text.title, text.body);
                    return;
                }
                if (m_shown.size() >= kMostShown)
                    m_shown.clear();
                m_shown.insert(reply.value(), text);
            });
}

void Notifier::openLast()
{
    if (!m_last.page.isEmpty())
        emit openAsked(m_last.page, m_last.query);
}

void Notifier::actionInvoked(uint id, const QString &)
{
    const auto it = m_shown.constFind(id);
    if (it != m_shown.cend())
        emit openAsked(it->page, it->query);
}

void Notifier::notificationClosed(uint id, uint)
{
    m_shown.remove(id);
}

} // namespace sb::shell
