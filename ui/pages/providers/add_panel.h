// Adding a provider: paste a key and see whose it is, or choose one, or give an address; verify by
// the free model list; add. The key field is write-only.
#pragma once

#include "engine/setup.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QPushButton;

namespace sb::kit {
class NoticeBar;
class PlainLabel;
} // namespace sb::kit
namespace sb::link {
class EngineLink;
}

namespace sb::pages {

class AddPanel final : public QWidget {
    Q_OBJECT
public:
    explicit AddPanel(link::EngineLink &link, QWidget *parent = nullptr);

    void setOwnAddresses(const QList<QString> &addresses) { m_own = addresses; }
    void begin();
    void clear(); // forgets the key, too

signals:
    void added(const sb::ProviderId &provider, int models);
    void cancelled();

private:
    void recognise();
    void fill(const QList<engine::ProviderDraft> &likely);
    void showChoice();
    engine::ProviderDraft draft() const;
    QString problem() const; // why it cannot be added yet; empty: it can
    void verify();
    void add();
    Secret key() const;

    link::EngineLink &m_link;
    QList<QString> m_own;
    QList<engine::ProviderDraft> m_drafts; // rows of the chooser; the last one is "own address"
    QLineEdit *m_key;
    QComboBox *m_choice;
    QWidget *m_address;
    QLineEdit *m_base;
    QLineEdit *m_id;
    QComboBox *m_dialect;
    kit::PlainLabel *m_line;
    kit::NoticeBar *m_answer;
    QPushButton *m_verify;
    QPushButton *m_add;
    QPushButton *m_cancel;
    bool m_isBusy = false;
    int m_models = -1; // of the last good answer
    quint64 m_asked = 0;
};

} // namespace sb::pages
