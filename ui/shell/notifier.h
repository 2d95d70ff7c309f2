// Tells the desktop what a person who is not looking should know.
//
// Owned by main(), GUI thread. By the desktop's notification service over D-Bus, asynchronously;
// where there is none, by the tray's bubble. [console §8]
#pragma once

#include "link/engine_link.h"
#include "models/alerts.h"
#include "words/alerts.h"

#include <QHash>
#include <QTime>

#include <functional>

class QSettings;

namespace sb::shell {

class Notifier final : public QObject {
    Q_OBJECT
public:
    // `fallback`: shows title and body where there is no service.
    Notifier(link::EngineLink &link, QSettings &settings,
             std::function<void(const QString &, const QString &)> fallback,
             QObject *parent = nullptr);

    // What was last told, for a bubble that is clicked.
    const words::AlertText &last() const { return m_last; }
    void openLast();

signals:
    // An alert is about to be shown.
    void told(const sb::words::AlertText &text);
    void openAsked(const QString &page, const QString &query);

private slots:
    void actionInvoked(uint id, const QString &action);
    void notificationClosed(uint id, uint reason);

private:
    void takeFrame(const FramePtr &frame);
    void tell(const words::AlertText &text);
    bool isQuiet(qint64 nowWallMs) const;

    QSettings &m_settings;
    std::function<void(const QString &, const QString &)> m_fallback;
    models::Alerts m_alerts;
    QHash<uint, words::AlertText> m_shown; // by the service's id
    words::AlertText m_last;
};

words::AlertText textOf(const models::Alert &alert, const words::Names &names, qint64 nowWallMs);
// `from` and `to` may cross midnight; equal: never quiet.
bool isWithin(QTime now, QTime from, QTime to);

} // namespace sb::shell
