#include "pages/chains/try_panel.h"

#include "kit/console_style.h"
#include "kit/notice_bar.h"
#include "kit/table.h"
#include "link/engine_link.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTableView>

namespace sb::pages {

namespace {

constexpr int kLampRole = Qt::UserRole + 1;

QHBoxLayout *line()
{
    auto *row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kit::space::kInside);
    return row;
}

} // namespace

TryPanel::TryPanel(link::EngineLink &link, QWidget *parent)
    : QWidget(parent)
    , m_link(link)
    , m_model(new QLineEdit(this))
    , m_client(new QComboBox(this))
    , m_dialect(new QComboBox(this))
    , m_tools(new QCheckBox(tr("with tools"), this))
    , m_images(new QCheckBox(tr("with images"), this))
    , m_downRow(new QWidget(this))
    , m_ask(new QPushButton(tr("Show the route"), this))
    , m_note(new kit::NoticeBar(this))
    , m_answer(new kit::PlainLabel(tr("Nothing is sent: this prints the route a request would "
                                      "take now, and why."),
                                   kit::Type::Body, this))
    , m_rows(new QStandardItemModel(0, 4, this))
    , m_view(new QTableView(this))
{
    m_model->setAccessibleName(tr("Model that is asked for"));
    m_model->setPlaceholderText(tr("Chain, alias, provider/model or model"));
    m_client->setAccessibleName(tr("Client that asks"));
    m_dialect->setAccessibleName(tr("Dialect of the client"));
    for (const DialectId dialect : {DialectId::OpenAiChat, DialectId::Anthropic})
        m_dialect->addItem(words::dialect(dialect), int(dialect));
    kit::setPrimary(m_ask);
    m_answer->setWordWrap(true);
    m_answer->setTone(kit::PlainLabel::Tone::Secondary);
    m_note->setMessage(kit::NoticeBar::Kind::Info,
                       tr("This answers for the version that runs. Apply the draft to try it."));
    m_note->hide();
    m_rows->setHorizontalHeaderLabels({tr("#"), tr("Target"), tr("Result"), tr("Why")});
    m_view->setModel(m_rows);
    m_view->setAccessibleName(tr("The route, target by target"));
    kit::setUpTable(m_view);
    auto *delegate = new kit::TableDelegate(m_view);
    delegate->setLook(0, {.kind = kit::ColumnLook::Kind::Mono});
    delegate->setLook(2,
                      {.kind = kit::ColumnLook::Kind::Lamp, .lamp = [](const QModelIndex &index) {
                           return kit::Lamp(index.data(kLampRole).toInt());
                       }});
    delegate->setLook(
        3, {.tone = [](const QModelIndex &) { return kit::PlainLabel::Tone::Secondary; }});
    m_view->setItemDelegate(delegate);
    QHeaderView *header = m_view->horizontalHeader();
    header->setMinimumSectionSize(32);
    header->resizeSection(0, 36);
    header->resizeSection(1, 300);
    header->resizeSection(2, 120);
    header->setSectionResizeMode(3, QHeaderView::Stretch);
    connect(m_ask, &QPushButton::clicked, this, &TryPanel::ask);
    connect(m_model, &QLineEdit::returnPressed, this, &TryPanel::ask);

    auto *first = line();
    first->addWidget(m_client);
    auto *asks = new kit::PlainLabel(tr("asks for"), kit::Type::Body, this);
    first->addWidget(asks);
    first->addWidget(m_model, 1);
    first->addWidget(m_dialect);
    auto *second = line();
    second->addWidget(m_tools);
    second->addWidget(m_images);
    second->addStretch(1);
    second->addWidget(m_ask);
    auto *down = line();
    m_downRow->setLayout(down);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addWidget(m_note);
    column->addLayout(first);
    column->addWidget(m_downRow);
    column->addLayout(second);
    column->addWidget(m_answer);
    column->addWidget(m_view, 1);
}

void TryPanel::setConfig(const config::SnapshotPtr &config)
{
    if (!config || config == m_config)
        return;
    m_config = config;
    const QVariant client = m_client->currentData();
    m_client->clear();
    for (const config::ClientSettings &one : config->clients) {
        if (!one.isRevoked)
            m_client->addItem(words::visible(one.label), one.id.text());
    }
    m_client->setCurrentIndex(std::max(m_client->findData(client), 0));
    QSet<QString> wasDown;
    for (QCheckBox *box : std::as_const(m_down)) {
        if (box->isChecked())
            wasDown.insert(box->objectName());
    }
    qDeleteAll(m_downRow->findChildren<QWidget *>(QString(), Qt::FindDirectChildrenOnly));
    m_down.clear();
    auto *row = static_cast<QHBoxLayout *>(m_downRow->layout());
    while (QLayoutItem *item = row->takeAt(0))
        delete item;
    if (!config->providers.isEmpty())
        row->addWidget(new kit::PlainLabel(tr("Down:"), kit::Type::Label, m_downRow));
    constexpr qsizetype kShown = 6;
    for (const config::ProviderSettings &provider :
         config->providers.first(std::min(config->providers.size(), kShown))) {
        auto *box = new QCheckBox(words::trimmed(provider.label, 24), m_downRow);
        box->setObjectName(provider.id.text());
        box->setAccessibleName(tr("%1 is down").arg(words::visible(provider.label)));
        box->setChecked(wasDown.contains(provider.id.text()));
        row->addWidget(box);
        m_down.append(box);
    }
    row->addStretch(1);
}

void TryPanel::setModel(const QString &model)
{
    m_model->setText(model);
    m_rows->removeRows(0, m_rows->rowCount());
    ++m_asked;
    m_answer->setText(
        tr("Nothing is sent: this prints the route a request would take now, and why."));
}

void TryPanel::setDraftPending(bool isPending)
{
    m_note->setVisible(isPending);
}

void TryPanel::ask()
{
    engine::ExplainAsk ask;
    ask.model = m_model->text().trimmed();
    ask.client = ClientId(m_client->currentData().toString());
    ask.dialect = DialectId(m_dialect->currentData().toInt());
    ask.hasTools = m_tools->isChecked();
    ask.hasImages = m_images->isChecked();
    for (const QCheckBox *box : std::as_const(m_down)) {
        if (box->isChecked())
            ask.down.append(ProviderId(box->objectName()));
    }
    const quint64 number = ++m_asked;
    m_link.explain(ask).then(this, [this, number](const Result<Decision> &decision) {
        if (number == m_asked)
            showDecision(decision);
    });
}

void TryPanel::showDecision(const Result<Decision> &decision)
{
    m_rows->removeRows(0, m_rows->rowCount());
    if (!decision) {
        m_answer->setText(
            tr("It would be refused: %1").arg(words::trimmed(decision.error().detail, 300)));
        return;
    }
    QString taken;
    int waiting = 0;
    for (const Candidate &candidate : decision->candidates) {
        const bool isOpen
            = candidate.fate != CandidateFate::Skipped || candidate.reason == SkipReason::NotNeeded;
        const bool isFirst = isOpen && taken.isEmpty();
        if (isFirst)
            taken = m_names.of(candidate.target);
        waiting += isOpen;
        QList<QStandardItem *> cells{
            new QStandardItem(QString::number(candidate.rank)),
            new QStandardItem(m_names.of(candidate.target)),
            new QStandardItem(isFirst      ? tr("is called")
                                  : isOpen ? tr("if that fails")
                                           : tr("skipped")),
            new QStandardItem(isOpen ? QString() : words::skip(candidate.reason))};
        cells[2]->setData(int(isFirst      ? kit::Lamp::Serving
                                  : isOpen ? kit::Lamp::Idle
                                           : kit::Lamp::Off),
                          kLampRole);
        m_rows->appendRow(cells);
    }
    if (taken.isEmpty())
        m_answer->setText(tr("Nobody would be called: every target is skipped."));
    else if (waiting == 1)
        m_answer->setText(tr("%1 is called; there is nothing to move on to.").arg(taken));
    else
        m_answer->setText(
            tr("%1 is called first; %n more could follow.", "", waiting - 1).arg(taken));
}

} // namespace sb::pages
