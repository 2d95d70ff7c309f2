// The board while nothing is configured: three ways in, none of them modal. [console §4]
//
// Owned by the board page, GUI thread; gone as soon as a frame has a provider. Looks at what is
// here when it is first seen, not before.
#pragma once

#include <QWidget>

class QPushButton;
class QScrollArea;
class QSettings;

namespace sb::link {
class EngineLink;
}
namespace sb::kit {
class PassphraseRow;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class FoundDoor;
class KeyDoor;

class FirstRun final : public QWidget {
    Q_OBJECT
public:
    FirstRun(link::EngineLink &link, QSettings &settings, QWidget *parent = nullptr);

    // Where the gateway listens; empty while it does not.
    void setAddress(const QString &address);
    // Skipped: one line and the same three ways in, as on every empty page.
    void setSkipped(bool isSkipped);
    bool isSkipped() const;

signals:
    void startRequested(); // with simulated providers
    void said(const QString &sentence);

protected:
    void paintEvent(QPaintEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    QWidget *makeDoors();
    QWidget *makeShort();
    void askStorage();

    link::EngineLink &m_link;
    QSettings &m_settings;
    kit::PlainLabel *m_address = nullptr;
    KeyDoor *m_key = nullptr;
    kit::PlainLabel *m_noKeychain = nullptr;
    kit::PassphraseRow *m_passphrase = nullptr; // where no keychain works
    FoundDoor *m_found = nullptr;
    QScrollArea *m_scroll;
    QWidget *m_doors;
    QWidget *m_short;
    bool m_hasLooked = false;
    bool m_hasAskedStorage = false;
};

} // namespace sb::pages
