// Our own keys, one per client: make, rotate, revoke. A new key is shown once.
#pragma once

#include "record/frame.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QPushButton;
class QTableView;

namespace sb::engine {
struct NewClient;
}
namespace sb::kit {
class CopyButton;
class NoticeBar;
class PlainLabel;
} // namespace sb::kit
namespace sb::link {
class EngineLink;
}
namespace sb::models {
class ClientModel;
}

namespace sb::pages {

class KeysTab final : public QWidget {
    Q_OBJECT
public:
    explicit KeysTab(link::EngineLink &link, QWidget *parent = nullptr);

    void setFrame(const FramePtr &frame);
    // Hides a key that is on show; false when there was none.
    bool closeLayer();

public slots:
    void makeKey();
    void rotate();
    void revoke();

signals:
    void copyRequested(const QString &text);
    void said(const QString &sentence);

private:
    void showKey(const QString &label, const engine::NewClient &made);
    void selectionChanged();
    int row() const;

    link::EngineLink &m_link;
    models::ClientModel *m_model;
    QTableView *m_table;
    QLineEdit *m_name;
    QComboBox *m_chain;
    QPushButton *m_make;
    QPushButton *m_rotate;
    QPushButton *m_revoke;
    QWidget *m_shown;
    kit::PlainLabel *m_shownLine;
    kit::PlainLabel *m_shownKey;
    QPushButton *m_copy;
    kit::NoticeBar *m_undo;
    ClientId m_undone;
    QStringList m_chains;
};

} // namespace sb::pages
