// Which of the two looks is shown: the user's choice, or what the desktop asks for.
#pragma once

#include <optional>

#include <QObject>

class QApplication;
class QDBusVariant;

namespace sb::kit {

// Owned by main(), GUI thread. Sets style, fonts and palette of the application; widgets follow by
// PaletteChange. System: the desktop portal's `color-scheme`, asked without blocking and listened
// to; where there is none, the lightness of the palette the platform gave. [console §12]
class Theme final : public QObject {
    Q_OBJECT
public:
    enum class Mode : quint8 { System, Dark, Light };
    Q_ENUM(Mode)

    // `remembered`: what the desktop wanted last time, so that the first paint does not flash.
    explicit Theme(QApplication &application, std::optional<bool> remembered = {},
                   QObject *parent = nullptr);

    // Once, before the first window.
    void apply(Mode mode);
    Mode mode() const { return m_mode; }
    void setMode(Mode mode);
    bool isDark() const;
    // What the desktop wants, as far as is known.
    bool isSystemDark() const { return m_isSystemDark; }

signals:
    void changed();

private slots:
    void settingChanged(const QString &space, const QString &key, const QDBusVariant &value);

private:
    void askPortal();
    void takeScheme(uint scheme);
    void show();

    QApplication &m_application;
    Mode m_mode = Mode::System;
    bool m_isPaletteDark;
    bool m_isSystemDark;
    std::optional<bool> m_shown;
};

} // namespace sb::kit
