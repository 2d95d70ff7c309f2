#include "pages/providers/add_panel.h"

#include "config/catalog.h"
#include "config/config_file.h"
#include "kit/console_style.h"
#include "kit/notice_bar.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "models/provider_edits.h"
#include "pages/providers/provider_words.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QUrl>

namespace sb::pages {

using kit::PlainLabel;

namespace {

// The catalogue's providers whose address needs nothing but a key.
QList<engine::ProviderDraft> catalogDrafts()
{
    QList<engine::ProviderDraft> drafts;
    const auto catalog = config::builtInCatalog();
    for (const config::CatalogProvider &provider : catalog->providers) {
        const bool isWhole
            = std::none_of(provider.bases.cbegin(), provider.bases.cend(),
                           [](const QByteArray &base) { return base.contains('{'); });
        if (provider.bases.isEmpty() || !isWhole)
            continue;
        engine::ProviderDraft draft;
        draft.catalogId = provider.id;
        draft.label = provider.name;
        draft.id = ProviderId(provider.id);
        draft.isLocal = provider.isLocal;
        drafts.append(draft);
    }
    std::sort(drafts.begin(), drafts.end(), [](const auto &a, const auto &b) {
        return a.label.compare(b.label, Qt::CaseInsensitive) < 0;
    });
    return drafts;
}

} // namespace

AddPanel::AddPanel(link::EngineLink &link, QWidget *parent)
    : QWidget(parent)
    , m_link(link)
    , m_key(new QLineEdit(this))
    , m_choice(new QComboBox(this))
    , m_address(new QWidget(this))
    , m_base(new QLineEdit(m_address))
    , m_id(new QLineEdit(m_address))
    , m_dialect(new QComboBox(m_address))
    , m_line(new PlainLabel(QString(), kit::Type::Label, this))
    , m_answer(new kit::NoticeBar(this))
    , m_verify(new QPushButton(tr("Verify"), this))
    , m_add(new QPushButton(tr("Add provider"), this))
    , m_cancel(new QPushButton(tr("Cancel"), this))
{
    m_key->setEchoMode(QLineEdit::Password);
    m_key->setAccessibleName(tr("Key of the new provider"));
    m_key->setPlaceholderText(tr("Paste a key; the provider is recognised"));
    m_key->setMaxLength(4'096);
    m_choice->setAccessibleName(tr("Which provider"));
    m_choice->setMinimumWidth(220);
    m_choice->setMaxVisibleItems(16);
    m_base->setAccessibleName(tr("Address of the provider"));
    m_base->setPlaceholderText(tr("Address, for example https://api.example.com/v1"));
    m_id->setAccessibleName(tr("Name of the provider"));
    m_id->setPlaceholderText(tr("Name"));
    m_id->setMaxLength(64);
    m_id->setFixedWidth(140);
    m_dialect->setAccessibleName(tr("Dialect it speaks"));
    for (const DialectId dialect : {DialectId::OpenAiChat, DialectId::Anthropic})
        m_dialect->addItem(words::dialect(dialect), int(dialect));
    m_line->setWordWrap(true);
    m_line->setTone(PlainLabel::Tone::Secondary);
    m_answer->hide();
    kit::setPrimary(m_add);
    kit::setPlainToolTip(m_verify, tr("Asks for the list of models, which costs nothing"));

    auto *title = new PlainLabel(tr("Add a provider"), kit::Type::Title, this);
    auto *first = new QHBoxLayout;
    first->setSpacing(kit::space::kInside);
    first->addWidget(m_key, 1);
    first->addWidget(m_choice);
    auto *address = new QHBoxLayout(m_address);
    address->setContentsMargins(0, 0, 0, 0);
    address->setSpacing(kit::space::kInside);
    address->addWidget(m_id);
    address->addWidget(m_base, 1);
    address->addWidget(m_dialect);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(kit::space::kInside);
    buttons->addStretch(1);
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_verify);
    buttons->addWidget(m_add);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addWidget(title);
    column->addLayout(first);
    column->addWidget(m_address);
    column->addWidget(m_line);
    column->addWidget(m_answer);
    column->addLayout(buttons);
    column->addStretch(1);

    connect(m_key, &QLineEdit::textChanged, this, &AddPanel::recognise);
    connect(m_key, &QLineEdit::returnPressed, this, [this] {
        if (m_add->isEnabled())
            add();
    });
    connect(m_choice, &QComboBox::currentIndexChanged, this, &AddPanel::showChoice);
    for (QLineEdit *line : {m_base, m_id})
        connect(line, &QLineEdit::textChanged, this, &AddPanel::showChoice);
    connect(m_verify, &QPushButton::clicked, this, &AddPanel::verify);
    connect(m_add, &QPushButton::clicked, this, &AddPanel::add);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        clear();
        emit cancelled();
    });
}

void AddPanel::begin()
{
    clear();
    m_key->setFocus(Qt::ShortcutFocusReason);
}

void AddPanel::clear()
{
    ++m_asked;
    m_isBusy = false;
    m_models = -1;
    m_key->clear();
    m_base->clear();
    m_id->clear();
    m_answer->hide();
    fill({});
}

Secret AddPanel::key() const
{
    return Secret(m_key->text().trimmed().toUtf8());
}

void AddPanel::recognise()
{
    m_answer->hide();
    m_models = -1;
    const QString text = m_key->text().trimmed();
    fill(text.isEmpty() ? QList<engine::ProviderDraft>() : m_link.setup().recognise(key()));
}

void AddPanel::fill(const QList<engine::ProviderDraft> &likely)
{
    const QSignalBlocker quiet(m_choice);
    m_choice->clear();
    m_drafts = likely;
    for (const engine::ProviderDraft &draft : likely)
        m_choice->addItem(words::visible(draft.label));
    if (!likely.isEmpty())
        m_choice->insertSeparator(m_choice->count());
    static const QList<engine::ProviderDraft> kCatalog = catalogDrafts();
    if (!likely.isEmpty())
        m_drafts.append(engine::ProviderDraft()); // the separator's row
    for (const engine::ProviderDraft &draft : kCatalog) {
        m_choice->addItem(words::visible(draft.label));
        m_drafts.append(draft);
    }
    m_choice->addItem(tr("Another address"));
    m_drafts.append(engine::ProviderDraft());
    m_choice->setCurrentIndex(likely.isEmpty() ? -1 : 0);
    if (likely.isEmpty())
        m_choice->setPlaceholderText(tr("Choose a provider"));
    showChoice();
}

engine::ProviderDraft AddPanel::draft() const
{
    const int row = m_choice->currentIndex();
    if (row < 0 || row >= m_drafts.size())
        return {};
    engine::ProviderDraft draft = m_drafts[row];
    if (row == m_drafts.size() - 1) {
        draft.id = ProviderId(m_id->text().trimmed());
        draft.label = draft.id.text();
        draft.baseUrl = m_base->text().trimmed().toUtf8();
        draft.dialect = DialectId(m_dialect->currentData().toInt());
    }
    return draft;
}

QString AddPanel::problem() const
{
    static const QRegularExpression kId(QStringLiteral("^[a-z0-9][a-z0-9._-]*$"));
    const int row = m_choice->currentIndex();
    if (row < 0)
        return tr("Choose the provider this key is for, or give its address.");
    const engine::ProviderDraft chosen = draft();
    if (row == m_drafts.size() - 1) {
        const QUrl url(QString::fromUtf8(chosen.baseUrl), QUrl::StrictMode);
        if (!kId.match(chosen.id.text()).hasMatch())
            return tr("Give it a name of a–z, 0–9, dot, dash and underscore.");
        if (!url.isValid() || url.host().isEmpty()
            || (url.scheme() != QStringLiteral("https") && url.scheme() != QStringLiteral("http")))
            return tr("Give its address: https, or http on this computer.");
        for (const QString &own : m_own) {
            const QUrl ours(own);
            const bool isHere = url.host() == ours.host()
                || url.host() == QStringLiteral("localhost")
                || url.host() == QStringLiteral("127.0.0.1") || url.host() == QStringLiteral("::1");
            if (isHere
                && url.port(url.scheme() == QStringLiteral("https") ? 443 : 80) == ours.port())
                return refusal(QStringLiteral("own_address"), {});
        }
        return {};
    }
    if (m_key->text().trimmed().isEmpty() && !chosen.isLocal)
        return tr("Paste a key of %1.").arg(chosen.label);
    return {};
}

void AddPanel::showChoice()
{
    const int row = m_choice->currentIndex();
    m_address->setVisible(row >= 0 && row == m_drafts.size() - 1);
    const QString why = problem();
    const QString masked = models::maskedKey(m_key->text());
    m_verify->setEnabled(why.isEmpty() && !m_isBusy);
    m_add->setEnabled(why.isEmpty() && !m_isBusy);
    if (!why.isEmpty())
        m_line->setText(why);
    else if (m_key->text().isEmpty())
        m_line->setText(tr("%1 needs no key.").arg(draft().label));
    else
        m_line->setText(
            tr("Key %1 goes to the keychain; the configuration names it only.").arg(masked));
}

void AddPanel::verify()
{
    if (!problem().isEmpty() || m_isBusy)
        return;
    m_isBusy = true;
    const quint64 number = ++m_asked;
    m_answer->setMessage(kit::NoticeBar::Kind::Info, tr("Asking for the list of models."));
    m_answer->show();
    showChoice();
    m_link.setup()
        .verify(draft(), key())
        .then(this, [this, number](const Result<engine::Verified> &verified) {
            if (number != m_asked)
                return;
            m_isBusy = false;
            if (verified) {
                m_models = verified->models;
                m_answer->setMessage(
                    kit::NoticeBar::Kind::Info,
                    tr("It works: %n model(s), answered in %1.", "", verified->models)
                        .arg(words::duration(verified->took)));
            } else {
                m_answer->setMessage(kit::NoticeBar::Kind::Danger,
                                     refusal(verified.error().code, verified.error().detail));
            }
            showChoice();
        });
}

void AddPanel::add()
{
    if (!problem().isEmpty() || m_isBusy)
        return;
    m_isBusy = true;
    const quint64 number = ++m_asked;
    showChoice();
    m_link.setup()
        .addProvider(draft(), key())
        .then(this, [this, number](const Result<ProviderId> &added) {
            if (number != m_asked)
                return;
            m_isBusy = false;
            if (!added) {
                m_answer->setMessage(kit::NoticeBar::Kind::Danger,
                                     refusal(added.error().code, added.error().detail));
                m_answer->show();
                return showChoice();
            }
            const int models = m_models;
            clear();
            emit this->added(*added, models);
        });
}

} // namespace sb::pages
