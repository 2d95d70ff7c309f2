// Settings: how the window behaves, where the gateway listens, what it records, and what is stored.
//
// Made by the catalog, owned by the window, GUI thread. The window's own choices are kept in its
// settings at once; the gateway's are requests to the engine, and a control shows what the running
// configuration says, never what was asked. [console §3.9]
#pragma once

#include "engine/setup.h"
#include "pages/page.h"

#include <functional>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPushButton;
class QScrollArea;
class QSpinBox;

namespace sb::kit {
class NoticeBar;
class PassphraseRow;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class SettingsForm;

class SettingsPage final : public Page {
    Q_OBJECT
public:
    explicit SettingsPage(const PageContext &context, QWidget *parent = nullptr);

    void setFrame(const FramePtr &frame) override;
    // A section's id: "general", "gateway", "recording", "prices", "notifications", "storage",
    // "about".
    void open(const QString &query) override;

protected:
    void showEvent(QShowEvent *event) override;

private:
    void buildGeneral();
    void buildAutostart();
    void buildGateway();
    void buildProxy();
    void buildRecording();
    void buildPrices();
    void buildNotifications();
    void buildStorage();
    void buildAbout();
    QCheckBox *windowCheck(const QString &key, bool usual, const QString &text);
    QCheckBox *privacyCheck(const char *key, const QString &text);
    void takeConfig();
    void askStorage();
    void openVault(const Secret &passphrase);
    void showStorage(const engine::StorageView &view);
    // One change of the configuration; a refusal is said and the control goes back.
    void edit(const QString &path, const QByteArray &json);
    void editAddress(const QString &path, const QByteArray &json);
    void openFolder(const QString &folder);
    void trim();
    void showRecording();
    void setRecording(bool isOn);
    void forgetBodies();
    QString diagnostics() const;

    const PageContext m_context;
    FramePtr m_frame;
    quint32 m_revision = 0;
    bool m_isTaking = false; // controls are being set, not used
    bool m_isStale = true; // to be read again when it is shown

    QScrollArea *m_area;
    SettingsForm *m_form;
    kit::NoticeBar *m_restart;
    QLineEdit *m_host = nullptr;
    QSpinBox *m_port = nullptr;
    QLineEdit *m_hosts = nullptr;
    QComboBox *m_proxy = nullptr;
    QLineEdit *m_proxyUrl = nullptr;
    QSpinBox *m_days = nullptr;
    QSpinBox *m_megabytes = nullptr;
    QCheckBox *m_callers = nullptr;
    QCheckBox *m_recent = nullptr;
    kit::PlainLabel *m_size = nullptr;
    QPushButton *m_trim = nullptr;
    kit::PlainLabel *m_recording = nullptr;
    QPushButton *m_record = nullptr;
    QPushButton *m_stopRecording = nullptr;
    kit::PlainLabel *m_bodies = nullptr;
    QPushButton *m_forget = nullptr;
    QPushButton *m_forgetNow = nullptr;
    QPushButton *m_keep = nullptr;
    kit::PlainLabel *m_prices = nullptr;
    kit::NoticeBar *m_pricesOld = nullptr;
    kit::PlainLabel *m_keychain = nullptr;
    kit::PassphraseRow *m_passphrase = nullptr;
    kit::PlainLabel *m_dataDir = nullptr;
    kit::PlainLabel *m_configPath = nullptr;
    std::optional<engine::StorageView> m_storage;
};

// A price list older than this is worth a notice.
constexpr int kPricesOldAfterDays = 45;
// Days from the list's date to that moment; negative where the date cannot be read.
qint64 priceAgeDays(const QByteArray &date, qint64 nowWallMs);

} // namespace sb::pages
