// "Try a request": the route the gateway would take, printed without any traffic. It asks the
// pure decision of what runs; a draft is not asked, and the panel says so.
#pragma once

#include "base/result.h"
#include "config/settings.h"
#include "record/exchange.h"
#include "words/names.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLineEdit;
class QPushButton;
class QStandardItemModel;
class QTableView;

namespace sb::kit {
class NoticeBar;
class PlainLabel;
} // namespace sb::kit
namespace sb::link {
class EngineLink;
}

namespace sb::pages {

class TryPanel final : public QWidget {
    Q_OBJECT
public:
    explicit TryPanel(link::EngineLink &link, QWidget *parent = nullptr);

    void setConfig(const config::SnapshotPtr &config);
    void setNames(const words::Names &names) { m_names = names; }
    void setModel(const QString &model); // what is asked for: a chain, an alias, …
    void setDraftPending(bool isPending);
    void ask();

private:
    void showDecision(const Result<Decision> &decision);

    link::EngineLink &m_link;
    words::Names m_names;
    config::SnapshotPtr m_config;
    QLineEdit *m_model;
    QComboBox *m_client;
    QComboBox *m_dialect;
    QCheckBox *m_tools;
    QCheckBox *m_images;
    QWidget *m_downRow;
    QList<QCheckBox *> m_down;
    QPushButton *m_ask;
    kit::NoticeBar *m_note;
    kit::PlainLabel *m_answer;
    QStandardItemModel *m_rows;
    QTableView *m_view;
    quint64 m_asked = 0;
};

} // namespace sb::pages
