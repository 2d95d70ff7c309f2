// Paste a key: recognised while it is typed, verified by the free model list, used on request.
#pragma once

#include "engine/setup.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QPushButton;
class QTimer;

namespace sb::link {
class EngineLink;
}
namespace sb::kit {
class LampWidget;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

// GUI thread. The field is emptied when its key was used; nothing is stored before.
class KeyDoor final : public QWidget {
    Q_OBJECT
public:
    explicit KeyDoor(link::EngineLink &link, QWidget *parent = nullptr);

    void focusField();

signals:
    void said(const QString &sentence);

private:
    enum class Step : quint8 { Empty, NoKey, Choose, Asking, Verified, Failed, Adding };
    void keyChanged();
    void draftChanged();
    void verify();
    void verified(const Result<engine::Verified> &result);
    void use();
    void setStep(Step step, const QString &line = {});
    engine::ProviderDraft draft() const;
    bool isOwnServer() const;
    Secret key() const;

    link::EngineLink &m_link;
    QLineEdit *m_key;
    QComboBox *m_provider;
    QLineEdit *m_address;
    kit::LampWidget *m_lamp;
    kit::PlainLabel *m_line;
    QPushButton *m_verify;
    QPushButton *m_use;
    QTimer *m_pause; // after the last key stroke
    QList<engine::ProviderDraft> m_drafts;
    Step m_step = Step::Empty;
    bool m_isChosen = false; // the user said whose key it is
    quint32 m_asked = 0; // answers to older questions are dropped
};

} // namespace sb::pages
