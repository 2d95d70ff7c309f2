#include "pages/providers/providers_page.h"

#include "engine/history.h"
#include "kit/console_style.h"
#include "kit/empty_state.h"
#include "kit/icons.h"
#include "kit/notice_bar.h"
#include "kit/table.h"
#include "link/engine_link.h"
#include "models/provider_edits.h"
#include "pages/providers/add_panel.h"
#include "pages/providers/provider_words.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <QAction>
#include <QBoxLayout>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QStandardItemModel>
#include <QTableView>
#include <QTimer>

#include <algorithm>

namespace sb::pages {

using kit::PlainLabel;

namespace {

enum Column { Name, State, Address, Keys, Models, LastUse, Errors, ColumnCount };
enum KeyColumn { KeyName, KeyState_, KeyPlace, KeyLastUse, KeyColumnCount };
constexpr int kIdRole = Qt::UserRole + 1;
constexpr int kLampRole = Qt::UserRole + 2;
constexpr int kToneRole = Qt::UserRole + 3;
constexpr qint64 kDayMs = 24ll * 3'600'000;
constexpr qint64 kErrorsEveryMs = 60'000;
constexpr int kUndoMs = 30'000;

PlainLabel::Tone toneOf(const QModelIndex &index)
{
    const QVariant tone = index.data(kToneRole);
    return tone.isValid() ? PlainLabel::Tone(tone.toInt()) : PlainLabel::Tone::Text;
}

kit::Lamp lampOf(const QModelIndex &index)
{
    return kit::Lamp(index.data(kLampRole).toInt());
}

kit::Lamp lampOf(const KeyView &key)
{
    switch (key.state) {
    case KeyState::Ok:
        return kit::Lamp::Serving;
    case KeyState::Rejected:
    case KeyState::Missing:
        return kit::Lamp::Danger;
    case KeyState::Limited:
        return kit::Lamp::Caution;
    case KeyState::Off:
        return kit::Lamp::Off;
    case KeyState::Unused:
        break;
    }
    return kit::Lamp::Idle;
}

// Cells change only where their text does, so that nothing repaints for nothing.
QStandardItem *cell(QStandardItemModel *model, int row, int column, const QString &text)
{
    QStandardItem *item = model->item(row, column);
    if (!item) {
        item = new QStandardItem;
        model->setItem(row, column, item);
    }
    if (item->text() != text)
        item->setText(text);
    return item;
}

void mark(QStandardItem *item, int role, const QVariant &value)
{
    if (item->data(role) != value)
        item->setData(value, role);
}

QString addressOf(const config::ProviderSettings &provider)
{
    if (provider.isSimulated)
        return QString();
    for (const DialectId dialect : {DialectId::OpenAiChat, DialectId::Anthropic})
        if (provider.baseUrls.contains(dialect))
            return QString::fromUtf8(provider.baseUrls.value(dialect));
    return provider.baseUrls.isEmpty() ? QString()
                                       : QString::fromUtf8(provider.baseUrls.cbegin().value());
}

bool isPrice(const QString &text)
{
    return Price::parsePerMillion(text.trimmed().toUtf8()).has_value();
}

} // namespace

ProvidersPage::ProvidersPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_frame(std::make_shared<Frame>())
    , m_config(std::make_shared<config::ConfigSnapshot>())
    , m_empty(new kit::EmptyState(tr("Providers will be here: who answers your requests. Paste a "
                                     "key and it is recognised."),
                                  tr("Add a provider"), this))
    , m_layers(new QStackedWidget(this))
    , m_add(new AddPanel(context.link, m_layers))
    , m_body(new QWidget(m_layers))
    , m_answer(new kit::NoticeBar(this))
    , m_undoTime(new QTimer(this))
{
    setAccessibleName(tr("Providers"));
    buildTable();
    buildDetail();
    buildActions();
    m_layers->addWidget(m_body);
    m_layers->addWidget(m_add);
    m_answer->setClosable(true);
    m_answer->hide();
    m_undoTime->setSingleShot(true);
    m_undoTime->setInterval(kUndoMs);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kit::space::kMargin, kit::space::kGap, kit::space::kMargin,
                               kit::space::kGap);
    column->setSpacing(kit::space::kInside);
    column->addWidget(m_answer);
    column->addWidget(m_empty, 1);
    column->addWidget(m_layers, 1);
    connect(m_empty, &kit::EmptyState::clicked, this, &ProvidersPage::beginAdding);
    connect(m_add, &AddPanel::cancelled, this, [this] { closeLayer(); });
    connect(m_add, &AddPanel::added, this, [this](const ProviderId &provider, int) {
        m_current = provider;
        m_layers->setCurrentWidget(m_body);
        answer(true,
               tr("%1 is added, and is the last target of chain default.").arg(provider.text()));
        fillRows();
    });
    connect(m_answer, &kit::NoticeBar::closed, m_answer, &QWidget::hide);
    connect(m_answer, &kit::NoticeBar::actionClicked, this, [this] {
        m_undoTime->stop();
        m_answer->setAction({});
        const QByteArray text = std::exchange(m_before, QByteArray());
        if (text.isEmpty())
            return;
        m_context.link.setup()
            .applyText(text, m_after, tr("undo"))
            .then(this, [this](const Result<quint32> &done) {
                answer(done.has_value(),
                       done ? tr("The configuration is as it was before.")
                            : refusal(done.error().code, done.error().detail));
            });
    });
    connect(m_undoTime, &QTimer::timeout, this, [this] {
        m_before.clear();
        m_answer->setAction({});
    });
    fillRows();
}

ProvidersPage::~ProvidersPage() = default;

void ProvidersPage::buildTable()
{
    m_rows = new QStandardItemModel(0, ColumnCount, this);
    m_rows->setHorizontalHeaderLabels({tr("Provider"), tr("State"), tr("Address"), tr("Keys"),
                                       tr("Models"), tr("Last use"), tr("Errors, 24 h")});
    m_table = new QTableView(m_body);
    m_table->setModel(m_rows);
    m_table->setAccessibleName(tr("Providers"));
    kit::setUpTable(m_table);
    auto *delegate = new kit::TableDelegate(m_table);
    delegate->setLook(Name,
                      {.kind = kit::ColumnLook::Kind::Lamp,
                       .lamp = [](const QModelIndex &index) { return lampOf(index); }});
    delegate->setLook(State, {.tone = toneOf});
    delegate->setLook(Address, {.kind = kit::ColumnLook::Kind::Mono, .tone = toneOf});
    delegate->setLook(Keys, {.tone = toneOf});
    delegate->setLook(Models, {.kind = kit::ColumnLook::Kind::Number, .tone = toneOf});
    delegate->setLook(LastUse, {.tone = toneOf});
    delegate->setLook(Errors, {.kind = kit::ColumnLook::Kind::Number, .tone = toneOf});
    m_table->setItemDelegate(delegate);
    QHeaderView *header = m_table->horizontalHeader();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(Address, QHeaderView::Stretch);
    header->resizeSection(Name, 148);
    header->resizeSection(State, 132);
    header->resizeSection(Keys, 148);
    header->resizeSection(Models, 72);
    header->resizeSection(LastUse, 96);
    header->resizeSection(Errors, 92);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &index) {
                if (index.isValid())
                    select(ProviderId(index.siblingAtColumn(0).data(kIdRole).toString()));
            });
}

void ProvidersPage::buildDetail()
{
    m_addButton = new QPushButton(kit::icon(kit::Glyph::Add), tr("Add a provider"), m_body);
    kit::setPlainToolTip(m_addButton, tr("Add a provider (Ctrl+N)"));
    connect(m_addButton, &QPushButton::clicked, this, &ProvidersPage::beginAdding);
    auto *title = new PlainLabel(tr("Providers"), kit::Type::Title, m_body);
    auto *head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(m_addButton);

    m_title = new PlainLabel(QString(), kit::Type::Title, m_body);
    m_reason = new PlainLabel(QString(), kit::Type::Body, m_body);
    m_reason->setTone(PlainLabel::Tone::Secondary);
    m_reason->setWordWrap(true);
    m_facts = new PlainLabel(QString(), kit::Type::Label, m_body);
    m_facts->setTone(PlainLabel::Tone::Secondary);
    m_facts->setWordWrap(true);
    const auto button = [this](const QString &text, const QString &tip, const auto &run) {
        auto *made = new QPushButton(text, m_body);
        kit::setPlainToolTip(made, tip);
        connect(made, &QPushButton::clicked, this, run);
        return made;
    };
    m_verify = button(tr("Verify"), tr("Asks for the list of models, which costs nothing"),
                      [this] { verify(); });
    m_off = button(tr("Switch off"), tr("No request is sent to it while it is off"),
                   [this] { switchProvider(); });
    m_addKey = button(tr("Add key"), tr("A further key, used after the others"),
                      [this] { beginInput(Input::AddKey); });
    m_price = button(tr("Set price"), tr("Your own price for one of its models"),
                     [this] { beginInput(Input::Price); });
    m_remove = button(tr("Remove provider"), tr("Takes it out of the configuration"),
                      [this] { beginInput(Input::Remove); });
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(kit::space::kInside);
    for (QPushButton *one : {m_verify, m_off, m_addKey, m_price, m_remove})
        buttons->addWidget(one);
    buttons->addStretch(1);

    m_keys = new QStandardItemModel(0, KeyColumnCount, this);
    m_keys->setHorizontalHeaderLabels({tr("Key"), tr("State"), tr("Kept in"), tr("Last use")});
    m_keyTable = new QTableView(m_body);
    m_keyTable->setModel(m_keys);
    m_keyTable->setAccessibleName(tr("Keys, in the order they are tried"));
    kit::setUpTable(m_keyTable);
    auto *delegate = new kit::TableDelegate(m_keyTable);
    delegate->setLook(KeyName, {.kind = kit::ColumnLook::Kind::Mono});
    delegate->setLook(KeyState_,
                      {.kind = kit::ColumnLook::Kind::Lamp,
                       .lamp = [](const QModelIndex &index) { return lampOf(index); }});
    delegate->setLook(KeyPlace, {.tone = toneOf});
    delegate->setLook(KeyLastUse, {.tone = toneOf});
    m_keyTable->setItemDelegate(delegate);
    m_keyTable->horizontalHeader()->resizeSection(KeyName, 140);
    m_keyTable->horizontalHeader()->resizeSection(KeyState_, 240);
    m_keyTable->horizontalHeader()->setSectionResizeMode(KeyPlace, QHeaderView::Stretch);
    m_keyTable->horizontalHeader()->resizeSection(KeyLastUse, 120);
    m_keyTable->setFixedHeight(32 + 3 * kit::space::kRow);
    connect(m_keyTable->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this] { fillKeys(); });
    m_keyOff = button(tr("Switch key off"), tr("The other keys are used while it is off"),
                      [this] { switchKey(); });
    m_rotate = button(tr("Rotate key"), tr("A new key first; this one stays valid behind it"),
                      [this] { beginInput(Input::Rotate); });
    m_removeKey = button(tr("Remove key"), tr("The provider must have another one"),
                         [this] { removeKey(); });
    auto *keyButtons = new QHBoxLayout;
    keyButtons->setSpacing(kit::space::kInside);
    for (QPushButton *one : {m_keyOff, m_rotate, m_removeKey})
        keyButtons->addWidget(one);
    keyButtons->addStretch(1);

    m_inputRow = new QWidget(m_body);
    m_inputLine = new PlainLabel(QString(), kit::Type::Body, m_inputRow);
    m_inputLine->setWordWrap(true);
    m_secret = new QLineEdit(m_inputRow);
    m_secret->setEchoMode(QLineEdit::Password);
    m_secret->setAccessibleName(tr("New key"));
    m_secret->setPlaceholderText(tr("Paste the key"));
    m_secret->setMaxLength(4'096);
    m_model = new QComboBox(m_inputRow);
    m_model->setEditable(true);
    m_model->setInsertPolicy(QComboBox::NoInsert);
    m_model->setAccessibleName(tr("Model to price"));
    m_model->lineEdit()->setAccessibleName(tr("Name of the model to price"));
    m_inPrice = new QLineEdit(m_inputRow);
    m_inPrice->setAccessibleName(tr("Dollars per million prompt tokens"));
    m_inPrice->setPlaceholderText(tr("$ in / M"));
    m_inPrice->setFixedWidth(96);
    m_outPrice = new QLineEdit(m_inputRow);
    m_outPrice->setAccessibleName(tr("Dollars per million answer tokens"));
    m_outPrice->setPlaceholderText(tr("$ out / M"));
    m_outPrice->setFixedWidth(96);
    m_save = new QPushButton(m_inputRow);
    kit::setPrimary(m_save);
    m_cancel = new QPushButton(tr("Cancel"), m_inputRow);
    auto *fields = new QHBoxLayout;
    fields->setSpacing(kit::space::kInside);
    fields->addWidget(m_secret, 1);
    fields->addWidget(m_model, 1);
    fields->addWidget(m_inPrice);
    fields->addWidget(m_outPrice);
    fields->addStretch(0);
    fields->addWidget(m_save);
    fields->addWidget(m_cancel);
    auto *input = new QVBoxLayout(m_inputRow);
    input->setContentsMargins(0, 0, 0, 0);
    input->setSpacing(kit::space::kGrid);
    input->addWidget(m_inputLine);
    input->addLayout(fields);
    m_inputRow->hide();
    const auto update = [this] {
        const bool isSecret = m_input == Input::AddKey || m_input == Input::Rotate;
        m_save->setEnabled(isSecret ? !m_secret->text().trimmed().isEmpty()
                               : m_input == Input::Price
                               ? !m_model->currentText().trimmed().isEmpty()
                                   && isPrice(m_inPrice->text()) && isPrice(m_outPrice->text())
                               : true);
    };
    for (QLineEdit *line : {m_secret, m_inPrice, m_outPrice}) {
        connect(line, &QLineEdit::textChanged, this, update);
        connect(line, &QLineEdit::returnPressed, this, &ProvidersPage::finishInput);
    }
    connect(m_model, &QComboBox::editTextChanged, this, update);
    connect(m_save, &QPushButton::clicked, this, &ProvidersPage::finishInput);
    connect(m_cancel, &QPushButton::clicked, this, &ProvidersPage::endInput);

    auto *column = new QVBoxLayout(m_body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addLayout(head);
    column->addWidget(m_table, 1);
    column->addSpacing(kit::space::kGrid);
    column->addWidget(m_title);
    column->addWidget(m_reason);
    column->addWidget(m_facts);
    column->addLayout(buttons);
    column->addWidget(m_inputRow);
    column->addWidget(m_keyTable);
    column->addLayout(keyButtons);
}

void ProvidersPage::buildActions()
{
    addCommand(QStringLiteral("providers.add"), tr("Add a provider"), QKeySequence::New,
               [this] { beginAdding(); });
    addCommand(QStringLiteral("providers.verify"), tr("Verify this provider"), {},
               [this] { verify(); });
    addCommand(QStringLiteral("providers.switch"), tr("Switch this provider off or on"), {},
               [this] { switchProvider(); });
    addCommand(QStringLiteral("providers.addKey"), tr("Add a key"), {},
               [this] { beginInput(Input::AddKey); });
    addCommand(QStringLiteral("providers.rotate"), tr("Rotate this key"), {},
               [this] { beginInput(Input::Rotate); });
    addCommand(QStringLiteral("providers.switchKey"), tr("Switch this key off or on"), {},
               [this] { switchKey(); });
    addCommand(QStringLiteral("providers.removeKey"), tr("Remove this key"), {},
               [this] { removeKey(); });
    addCommand(QStringLiteral("providers.price"), tr("Set the price of a model"), {},
               [this] { beginInput(Input::Price); });
    addCommand(QStringLiteral("providers.remove"), tr("Remove this provider"), {},
               [this] { beginInput(Input::Remove); });
    addCommand(QStringLiteral("providers.requests"), tr("Requests of this provider"), {}, [this] {
        emit openPage(QStringLiteral("requests"), QStringLiteral("provider:") + m_current.text());
    });
}

void ProvidersPage::setFrame(const FramePtr &frame)
{
    m_frame = frame;
    m_add->setOwnAddresses(frame->addresses);
    const config::SnapshotPtr config = m_context.link.setup().config();
    const bool isNew = config && config != m_config;
    if (isNew)
        m_config = config;
    if (isVisible() || isNew) {
        fillRows();
        if (isVisible())
            askErrors();
    }
}

void ProvidersPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    fillRows();
    askErrors();
}

void ProvidersPage::open(const QString &query)
{
    if (query == QStringLiteral("add"))
        return beginAdding();
    closeLayer();
    if (!query.isEmpty())
        select(ProviderId(query.startsWith(QStringLiteral("provider:")) ? query.sliced(9) : query));
}

bool ProvidersPage::closeLayer()
{
    if (m_layers->currentWidget() == m_add) {
        m_add->clear();
        m_layers->setCurrentWidget(m_body);
        fillRows();
        m_table->setFocus();
        return true;
    }
    if (m_input != Input::None) {
        endInput();
        return true;
    }
    return false;
}

void ProvidersPage::beginAdding()
{
    endInput();
    m_empty->hide();
    m_layers->show();
    m_layers->setCurrentWidget(m_add);
    m_add->begin();
}

void ProvidersPage::select(const ProviderId &provider)
{
    const bool isOther = provider != m_current;
    m_current = provider;
    if (isOther)
        endInput();
    for (int row = 0; row < m_rows->rowCount(); ++row) {
        if (m_rows->item(row, 0)->data(kIdRole).toString() == provider.text()
            && m_table->currentIndex().row() != row)
            m_table->setCurrentIndex(m_rows->index(row, 0));
    }
    fillDetail();
}

const ProviderView *ProvidersPage::view(const ProviderId &provider) const
{
    const auto found
        = std::find_if(m_frame->providers.cbegin(), m_frame->providers.cend(),
                       [&provider](const ProviderView &one) { return one.id == provider; });
    return found == m_frame->providers.cend() ? nullptr : &*found;
}

const config::ProviderSettings *ProvidersPage::settings() const
{
    return m_config->provider(m_current);
}

// Failed attempts of the last day, at most once a minute and only while somebody looks.
void ProvidersPage::askErrors()
{
    if (m_frame->wallMs == 0 || m_frame->wallMs - m_errorsAsked < kErrorsEveryMs)
        return;
    m_errorsAsked = m_frame->wallMs;
    engine::HealthAsk ask;
    ask.toWallMs = m_frame->wallMs;
    ask.fromWallMs = ask.toWallMs - kDayMs;
    ask.bucket = Millis(3'600'000);
    m_context.link.history().health(ask).then(
        this, [this](const Result<engine::HealthReport> &report) {
            if (!report)
                return;
            m_errors.clear();
            for (const engine::HealthSeries &series : report->series) {
                int failures = 0;
                for (const int count : series.total.failures)
                    failures += count;
                m_errors.insert(series.provider, failures);
            }
            fillRows();
        });
}

void ProvidersPage::fillRows()
{
    const bool isEmpty = m_config->providers.isEmpty() && m_layers->currentWidget() == m_body;
    m_empty->setVisible(isEmpty);
    m_layers->setVisible(!isEmpty);
    {
        const QSignalBlocker quiet(m_table->selectionModel());
        m_rows->setRowCount(int(m_config->providers.size()));
    }
    int row = 0;
    for (const config::ProviderSettings &provider : m_config->providers) {
        const ProviderView *live = view(provider.id);
        const ProviderState state = provider.isOff ? ProviderState::Off
            : live                                 ? live->state
                                                   : ProviderState::NoTraffic;
        QStandardItem *name = cell(m_rows, row, Name, words::visible(provider.label));
        mark(name, kIdRole, provider.id.text());
        mark(name, kLampRole, int(kit::lampFor(state)));
        const bool isBad = state == ProviderState::Tripped;
        mark(cell(m_rows, row, State, words::provider(state)), kToneRole,
             int(isBad ? PlainLabel::Tone::Danger : PlainLabel::Tone::Secondary));
        const QString address = addressOf(provider);
        mark(cell(m_rows, row, Address, provider.isSimulated ? tr("simulated") : address),
             kToneRole, int(PlainLabel::Tone::Secondary));
        int rejected = 0;
        int draining = 0;
        int missing = 0;
        for (const KeyView &key : live ? live->keys : QList<KeyView>()) {
            rejected += key.state == KeyState::Rejected;
            missing += key.state == KeyState::Missing;
            draining += key.isDraining;
        }
        const int count = int(provider.keys.size());
        const bool needsNone = provider.isSimulated || provider.isLocal
            || provider.auth.kind == config::AuthScheme::Kind::None;
        const QString keys = count == 0 ? (needsNone ? tr("none needed") : tr("none"))
            : rejected > 0              ? tr("%1 of %2 rejected").arg(rejected).arg(count)
            : missing > 0               ? tr("%1 of %2 missing").arg(missing).arg(count)
            : draining > 0              ? tr("%1, one draining").arg(count)
                                        : QString::number(count);
        mark(cell(m_rows, row, Keys, keys), kToneRole,
             int(rejected + missing > 0 || (count == 0 && !needsNone)
                     ? PlainLabel::Tone::Danger
                     : PlainLabel::Tone::Secondary));
        const qsizetype models = !provider.models.isEmpty() ? provider.models.size()
            : m_listed.contains(provider.id)                ? m_listed[provider.id].size()
                                                            : -1;
        mark(cell(m_rows, row, Models, models < 0 ? tr("any") : words::count(models)), kToneRole,
             int(models < 0 ? PlainLabel::Tone::Muted : PlainLabel::Tone::Text));
        const qint64 used = live ? live->lastUsedWallMs : 0;
        mark(cell(m_rows, row, LastUse,
                  used > 0 ? words::ago(used, m_frame->wallMs) : words::unknown()),
             kToneRole, int(used > 0 ? PlainLabel::Tone::Text : PlainLabel::Tone::Muted));
        const auto errors = m_errors.constFind(provider.id);
        const bool isKnown = errors != m_errors.cend();
        mark(cell(m_rows, row, Errors, isKnown ? words::count(*errors) : words::unknown()),
             kToneRole,
             int(!isKnown          ? PlainLabel::Tone::Muted
                     : *errors > 0 ? PlainLabel::Tone::Caution
                                   : PlainLabel::Tone::Text));
        ++row;
    }
    if (!m_config->provider(m_current))
        m_current = m_config->providers.isEmpty() ? ProviderId() : m_config->providers.first().id;
    select(m_current);
}

void ProvidersPage::fillDetail()
{
    const config::ProviderSettings *own = settings();
    if (!own)
        return;
    const ProviderView *live = view(m_current);
    m_title->setText(words::visible(own->label));
    m_reason->setText(own->isOff ? tr("Off: you switched it off; no request is sent to it.")
                          : live ? words::providerReason(*live, m_frame->wallMs)
                                 : QString());
    m_reason->setVisible(!m_reason->text().isEmpty());
    QStringList facts;
    for (const auto &[dialect, base] : own->baseUrls.asKeyValueRange())
        facts += tr("%1 at %2").arg(words::dialect(dialect), QString::fromUtf8(base));
    facts.sort();
    const config::Timeouts &limits = own->timeouts;
    facts += tr("waits %1 for a connection, %2 for the head, %3 for the first token, %4 between "
                "tokens")
                 .arg(words::duration(limits.connect), words::duration(limits.head),
                      words::duration(limits.firstContent), words::duration(limits.contentIdle));
    const auto uses = models::usesOf(m_current, *m_config);
    facts += uses.isEmpty() ? tr("used by no chain") : tr("used by %1").arg(usesLine(uses));
    m_facts->setText(facts.join(QStringLiteral("; ")) + u'.');
    m_off->setText(own->isOff ? tr("Switch on") : tr("Switch off"));
    const bool hasKeys = !own->isSimulated && own->auth.kind != config::AuthScheme::Kind::None;
    m_addKey->setVisible(hasKeys);
    m_price->setVisible(!own->isSimulated);
    m_verify->setVisible(!own->isSimulated);
    for (QWidget *widget :
         std::initializer_list<QWidget *>{m_keyTable, m_keyOff, m_rotate, m_removeKey})
        widget->setVisible(hasKeys && !own->keys.isEmpty());
    fillKeys();
}

void ProvidersPage::fillKeys()
{
    const config::ProviderSettings *own = settings();
    if (!own)
        return;
    const ProviderView *live = view(m_current);
    const QSignalBlocker quiet(m_keyTable->selectionModel());
    m_keys->setRowCount(int(own->keys.size()));
    for (int row = 0; row < own->keys.size(); ++row) {
        const config::KeySettings &key = own->keys[row];
        KeyView shown;
        shown.id = key.id;
        shown.state = key.isOff ? KeyState::Off : KeyState::Unused;
        shown.isDraining = key.isDraining;
        for (const KeyView &one : live ? live->keys : QList<KeyView>()) {
            if (one.id == key.id)
                shown = one;
        }
        mark(cell(m_keys, row, KeyName, words::visible(key.id.text())), kIdRole, key.id.text());
        mark(cell(m_keys, row, KeyState_, keyLine(shown, m_frame->wallMs)), kLampRole,
             int(lampOf(shown)));
        mark(cell(m_keys, row, KeyPlace, keyPlace(key.secret)), kToneRole,
             int(PlainLabel::Tone::Secondary));
        const qint64 used = shown.lastUsedWallMs;
        mark(cell(m_keys, row, KeyLastUse,
                  used > 0 ? words::ago(used, m_frame->wallMs) : words::unknown()),
             kToneRole, int(used > 0 ? PlainLabel::Tone::Text : PlainLabel::Tone::Muted));
    }
    if (!m_keyTable->currentIndex().isValid() && m_keys->rowCount() > 0)
        m_keyTable->setCurrentIndex(m_keys->index(0, 0));
    const KeyId current = currentKey();
    const auto key
        = std::find_if(own->keys.cbegin(), own->keys.cend(),
                       [&current](const config::KeySettings &one) { return one.id == current; });
    const bool hasKey = key != own->keys.cend();
    m_keyOff->setText(hasKey && key->isOff ? tr("Switch key on") : tr("Switch key off"));
    m_keyOff->setEnabled(hasKey);
    m_rotate->setEnabled(hasKey);
    m_removeKey->setEnabled(hasKey && own->keys.size() > 1);
}

KeyId ProvidersPage::currentKey() const
{
    const QModelIndex index = m_keyTable->currentIndex();
    return index.isValid() ? KeyId(index.siblingAtColumn(0).data(kIdRole).toString()) : KeyId();
}

void ProvidersPage::answer(bool isGood, const QString &text)
{
    m_answer->setAction({});
    m_answer->setMessage(isGood ? kit::NoticeBar::Kind::Info : kit::NoticeBar::Kind::Danger, text);
    m_answer->show();
}

void ProvidersPage::verify()
{
    const config::ProviderSettings *own = settings();
    if (!own || own->isSimulated)
        return;
    const ProviderId provider = m_current;
    const QString label = own->label;
    answer(true, tr("Asking %1 for its list of models.").arg(label));
    m_context.link.setup()
        .verify(provider, own->keys.isEmpty() ? KeyId() : currentKey())
        .then(this, [this, provider, label](const Result<engine::Verified> &verified) {
            if (!verified)
                return answer(false,
                              tr("%1: %2").arg(
                                  label, refusal(verified.error().code, verified.error().detail)));
            m_listed.insert(provider, verified->modelIds);
            answer(true,
                   tr("%1 works: %n model(s), answered in %2.", "", verified->models)
                       .arg(label, words::duration(verified->took)));
            fillRows();
        });
}

void ProvidersPage::switchProvider()
{
    const config::ProviderSettings *own = settings();
    if (!own)
        return;
    const bool isOff = !own->isOff;
    m_context.link.control()
        .setProviderOff(m_current, isOff)
        .then(this, [this, isOff, label = own->label](const Result<void> &done) {
            if (!done)
                return answer(false, refusal(done.error().code, done.error().detail));
            answer(true,
                   isOff ? tr("%1 is off. Requests that run with it finish.").arg(label)
                         : tr("%1 is on.").arg(label));
        });
}

// The text as it is now is kept, so that Undo can put it back whole.
void ProvidersPage::change(const QString &done, const std::function<QFuture<Result<void>>()> &run)
{
    m_context.link.setup().configText().then(
        this, [this, done, run](const Result<QByteArray> &before) {
            run().then(this, [this, done, before](const Result<void> &result) {
                if (!result)
                    return answer(false, refusal(result.error().code, result.error().detail));
                answer(true, done);
                const config::SnapshotPtr now = m_context.link.setup().config();
                if (before && now) {
                    m_before = *before;
                    m_after = now->revision;
                    m_answer->setAction(tr("Undo"));
                    m_undoTime->start();
                }
            });
        });
}

void ProvidersPage::switchKey()
{
    const config::ProviderSettings *own = settings();
    const KeyId key = currentKey();
    if (!own || key.isEmpty())
        return;
    const auto found
        = std::find_if(own->keys.cbegin(), own->keys.cend(),
                       [&key](const config::KeySettings &one) { return one.id == key; });
    if (found == own->keys.cend())
        return;
    const bool isOff = !found->isOff;
    change(isOff ? tr("Key %1 is off.").arg(key.text()) : tr("Key %1 is on.").arg(key.text()),
           [this, provider = m_current, key, isOff] {
               return m_context.link.setup().setKeyOff(provider, key, isOff);
           });
}

void ProvidersPage::removeKey()
{
    const config::ProviderSettings *own = settings();
    const KeyId key = currentKey();
    if (!own || key.isEmpty() || own->keys.size() < 2)
        return;
    change(tr("Key %1 is removed.").arg(key.text()), [this, provider = m_current, key] {
        return m_context.link.setup().removeKey(provider, key);
    });
}

void ProvidersPage::beginInput(Input input)
{
    const config::ProviderSettings *own = settings();
    if (!own || (input == Input::Rotate && currentKey().isEmpty()))
        return;
    endInput();
    m_input = input;
    const bool isSecret = input == Input::AddKey || input == Input::Rotate;
    m_secret->setVisible(isSecret);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_model, m_inPrice, m_outPrice})
        widget->setVisible(input == Input::Price);
    const QString label = words::visible(own->label);
    switch (input) {
    case Input::None:
        return;
    case Input::AddKey:
        m_inputLine->setText(
            tr("A further key of %1. It is used after the ones that are there.").arg(label));
        m_save->setText(tr("Add key"));
        break;
    case Input::Rotate:
        m_inputLine->setText(tr("A new key for %1 in place of %2. The new one is used first; %2 "
                                "stays valid behind it until you remove it.")
                                 .arg(label, currentKey().text()));
        m_save->setText(tr("Rotate key"));
        break;
    case Input::Price: {
        m_model->clear();
        QStringList names = models::modelsUsed(m_current, *m_config);
        for (const config::ModelSettings &model : own->models) {
            if (!names.contains(model.id))
                names += model.id;
        }
        m_model->addItems(names);
        m_inputLine->setText(
            own->models.isEmpty()
                ? tr("Dollars per million tokens. %1 takes any model now; with a price of your own "
                     "it takes the priced ones and those that chains use.")
                      .arg(label)
                : tr("Dollars per million tokens; your price wins over the catalogue."));
        m_save->setText(tr("Set price"));
        break;
    }
    case Input::Remove: {
        const auto uses = models::usesOf(m_current, *m_config);
        const bool isLast = std::any_of(uses.cbegin(), uses.cend(),
                                        [](const models::ProviderUse &use) { return use.isAll; });
        m_inputLine->setText(
            uses.isEmpty() ? tr("%1 is used by no chain. Undo, or the history on the Chains page, "
                                "brings it back.")
                                 .arg(label)
                : isLast
                ? tr("%1 is used by %2. A chain needs at least one target, so give the chain "
                     "another one first, or delete the chain.")
                      .arg(label, usesLine(uses))
                : tr("%1 is used by %2. These targets go with it. Undo, or the history on the "
                     "Chains page, brings everything back.")
                      .arg(label, usesLine(uses)));
        m_save->setText(tr("Remove provider"));
        m_save->setEnabled(!isLast);
        break;
    }
    }
    if (input != Input::Remove)
        m_save->setEnabled(false);
    m_inputRow->show();
    if (isSecret)
        m_secret->setFocus(Qt::OtherFocusReason);
    else if (input == Input::Price)
        m_model->setFocus(Qt::OtherFocusReason);
    else
        m_cancel->setFocus(Qt::OtherFocusReason);
}

void ProvidersPage::endInput()
{
    m_input = Input::None;
    m_secret->clear();
    m_inPrice->clear();
    m_outPrice->clear();
    m_inputRow->hide();
}

void ProvidersPage::finishInput()
{
    if (!m_save->isEnabled() || !m_inputRow->isVisible())
        return;
    const Input input = m_input;
    if (input == Input::Price)
        return setPrice();
    if (input == Input::Remove)
        return removeProvider();
    const Secret secret(m_secret->text().trimmed().toUtf8());
    const QString masked = models::maskedKey(m_secret->text());
    const ProviderId provider = m_current;
    const KeyId old = currentKey();
    endInput(); // the field keeps no secret while the answer is on its way
    const auto told = [this, input, masked, old](const Result<KeyId> &kept) {
        if (!kept)
            return answer(false, refusal(kept.error().code, kept.error().detail));
        answer(true,
               input == Input::Rotate
                   ? tr("Key %1 is %2 and used first. %3 stays valid until you remove it.")
                         .arg(kept->text(), masked, old.text())
                   : tr("Key %1 is %2.").arg(kept->text(), masked));
    };
    if (input == Input::Rotate)
        m_context.link.setup().rotateKey(provider, old, secret).then(this, told);
    else
        m_context.link.setup().addKey(provider, secret).then(this, told);
}

void ProvidersPage::setPrice()
{
    const ProviderId provider = m_current;
    const QString model = m_model->currentText().trimmed();
    const QString input = m_inPrice->text().trimmed();
    const QString output = m_outPrice->text().trimmed();
    const QStringList also = models::modelsUsed(provider, *m_config);
    endInput();
    const quint32 base = m_config->revision;
    change(
        tr("%1 costs $%2 in and $%3 out per million tokens from now on.").arg(model, input, output),
        [this, provider, model, input, output, also, base]() -> QFuture<Result<void>> {
            return m_context.link.setup()
                .configText()
                .then(this,
                      [this, provider, model, input, output, also,
                       base](const Result<QByteArray> &text) -> QFuture<Result<quint32>> {
                          const Result<QByteArray> edited = text
                              ? models::withPrice(*text, provider, model, input, output, also)
                              : Result<QByteArray>(unexpected(text.error()));
                          if (!edited)
                              return QtFuture::makeReadyFuture(
                                  Result<quint32>(unexpected(edited.error())));
                          return m_context.link.setup().applyText(*edited, base,
                                                                  tr("price of %1").arg(model));
                      })
                .unwrap()
                .then([](const Result<quint32> &done) -> Result<void> {
                    if (!done)
                        return unexpected(done.error());
                    return {};
                });
        });
}

void ProvidersPage::removeProvider()
{
    const ProviderId provider = m_current;
    const QString label = settings() ? settings()->label : provider.text();
    endInput();
    change(tr("%1 is removed.").arg(label),
           [this, provider] { return m_context.link.setup().removeProvider(provider); });
}

} // namespace sb::pages
