// The icon in the desktop's tray and its menu: the gateway at a glance without the window.
//
// Owned by main(), GUI thread. Draws the last frame; opening the menu asks nothing of anybody.
// Where the desktop has no tray it is simply not there. [console §8]
#pragma once

#include "kit/lamp.h"
#include "link/engine_link.h"

#include <QIcon>

#include <memory>

class QMenu;
class QSystemTrayIcon;

namespace sb::shell {

// The worst thing that is going on, as one lamp.
kit::Lamp trayLamp(const Frame &frame);
// "Running · 57 req/min · $4.18 today".
QString trayLine(const Frame &frame);
// Monochrome in `ink`, the state as the shape in its corner.
QIcon trayIcon(kit::Lamp lamp, const QColor &ink);

class Tray final : public QObject {
    Q_OBJECT
public:
    explicit Tray(link::EngineLink &link, QObject *parent = nullptr);
    ~Tray() override;

    static bool isAvailable();
    void setShown(bool isShown);
    bool isShown() const;
    QMenu *menu() const { return m_menu.get(); }
    // A bubble, for desktops without a notification service.
    void tell(const QString &title, const QString &body);

signals:
    void openAsked();
    void stopAsked(); // the gateway, and with it everything
    void bubbleClicked();

private:
    void takeFrame(const FramePtr &frame);
    void fill();

    link::EngineLink &m_link;
    std::unique_ptr<QMenu> m_menu;
    QSystemTrayIcon *m_icon = nullptr;
    kit::Lamp m_lamp = kit::Lamp::Off;
    bool m_isDark = false;
};

} // namespace sb::shell
