// Providers: a row each, and below the one in hand: its keys, addresses, prices and what can be
// done with it.
//
// Made by the catalog, owned by the window, GUI thread. What is shown comes from frames and the
// running configuration; every switch is a request and moves when the engine says so. Secrets go
// in and never come out. [console §3.6]
#pragma once

#include "config/settings.h"
#include "engine/setup.h"
#include "pages/page.h"

#include <QHash>

#include <functional>

class QComboBox;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QStandardItemModel;
class QTableView;
class QTimer;

namespace sb::kit {
class EmptyState;
class NoticeBar;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class AddPanel;

class ProvidersPage final : public Page {
    Q_OBJECT
public:
    explicit ProvidersPage(const PageContext &context, QWidget *parent = nullptr);
    ~ProvidersPage() override;

    void setFrame(const FramePtr &frame) override;
    // "add", or a provider's id.
    void open(const QString &query) override;
    bool closeLayer() override;

    void select(const ProviderId &provider);
    const ProviderId &current() const { return m_current; }
    void beginAdding();

protected:
    void showEvent(QShowEvent *event) override;

private:
    enum class Input : quint8 { None, AddKey, Rotate, Price, Remove };

    void buildTable();
    void buildDetail();
    void buildActions();
    void fillRows();
    void fillDetail();
    void fillKeys();
    void askErrors();
    void beginInput(Input input);
    void endInput();
    void finishInput();
    void verify();
    void switchProvider();
    void switchKey();
    void removeKey();
    void setPrice();
    void removeProvider();
    // Runs a change of the configuration that can be put back whole for a while.
    void change(const QString &done, const std::function<QFuture<Result<void>>()> &run);
    void answer(bool isGood, const QString &text);
    KeyId currentKey() const;
    const ProviderView *view(const ProviderId &provider) const;
    const config::ProviderSettings *settings() const;

    const PageContext m_context;
    FramePtr m_frame;
    config::SnapshotPtr m_config;
    ProviderId m_current;
    QHash<ProviderId, int> m_errors; // of 24 h; absent: not known
    QHash<ProviderId, QStringList> m_listed; // models, as verified
    qint64 m_errorsAsked = 0; // wall time
    Input m_input = Input::None;
    QByteArray m_before; // the text that Undo puts back
    quint32 m_after = 0; // the revision it was replaced by

    kit::EmptyState *m_empty;
    QStackedWidget *m_layers; // the list with its detail, or adding
    AddPanel *m_add;
    QWidget *m_body;
    QStandardItemModel *m_rows;
    QTableView *m_table;
    QPushButton *m_addButton;
    kit::PlainLabel *m_title;
    kit::PlainLabel *m_reason;
    kit::PlainLabel *m_facts;
    QPushButton *m_verify;
    QPushButton *m_off;
    QPushButton *m_addKey;
    QPushButton *m_price;
    QPushButton *m_remove;
    QStandardItemModel *m_keys;
    QTableView *m_keyTable;
    QPushButton *m_keyOff;
    QPushButton *m_rotate;
    QPushButton *m_removeKey;
    QWidget *m_inputRow;
    kit::PlainLabel *m_inputLine;
    QLineEdit *m_secret;
    QComboBox *m_model;
    QLineEdit *m_inPrice;
    QLineEdit *m_outPrice;
    QPushButton *m_save;
    QPushButton *m_cancel;
    kit::NoticeBar *m_answer;
    QTimer *m_undoTime;
};

} // namespace sb::pages
