#include "kit/theme.h"

#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/tokens.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QFileInfo>

namespace sb::kit {

namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString kSpace = QStringLiteral("org.freedesktop.appearance");
const QString kKey = QStringLiteral("color-scheme");

// Without an address libdbus would start a bus of its own and make us wait for it.
bool hasSessionBus()
{
    if (!qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS"))
        return true;
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return !runtime.isEmpty() && QFileInfo::exists(runtime + QStringLiteral("/bus"));
}

} // namespace

Theme::Theme(QApplication &application, std::optional<bool> remembered, QObject *parent)
    : QObject(parent)
    , m_application(application)
    , m_isPaletteDark(application.palette().color(QPalette::Window).lightness() < 128)
    , m_isSystemDark(remembered.value_or(m_isPaletteDark))
{
}

void Theme::apply(Mode mode)
{
    m_mode = mode;
    m_application.setStyle(new ConsoleStyle);
    applyFonts(m_application);
    show();
    if (hasSessionBus())
        askPortal();
    else
        m_isSystemDark = m_isPaletteDark;
}

void Theme::setMode(Mode mode)
{
    if (m_mode == mode)
        return;
    m_mode = mode;
    show();
}

bool Theme::isDark() const
{
    return m_mode == Mode::Dark || (m_mode == Mode::System && m_isSystemDark);
}

void Theme::askPortal()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kService, kPath, kInterface, QStringLiteral("SettingChanged"), this,
                SLOT(settingChanged(QString, QString, QDBusVariant)));
    QDBusMessage call
        = QDBusMessage::createMethodCall(kService, kPath, kInterface, QStringLiteral("Read"));
    call << kSpace << kKey;
    auto *watcher = new QDBusPendingCallWatcher(bus.asyncCall(call, 5'000), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        watcher->deleteLater();
        if (reply.isError()) {
            takeScheme(0);
            return;
        }
        // Read() wraps the value twice. [xdg-desktop-portal, Settings]
        QVariant value = reply.value().variant();
        if (value.canConvert<QDBusVariant>())
            value = value.value<QDBusVariant>().variant();
        takeScheme(value.toUInt());
    });
}

void Theme::settingChanged(const QString &space, const QString &key, const QDBusVariant &value)
{
    if (space == kSpace && key == kKey)
        takeScheme(value.variant().toUInt());
}

// 1 dark, 2 light, anything else: no preference.
void Theme::takeScheme(uint scheme)
{
    m_isSystemDark = scheme == 1 || (scheme != 2 && m_isPaletteDark);
    show();
}

void Theme::show()
{
    if (m_shown == isDark())
        return;
    m_shown = isDark();
    m_application.setPalette(paletteOf(*m_shown ? darkTokens() : lightTokens()));
    emit changed();
}

} // namespace sb::kit
