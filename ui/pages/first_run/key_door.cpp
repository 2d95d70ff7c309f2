#include "pages/first_run/key_door.h"

#include "kit/console_style.h"
#include "kit/lamp.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "words/setup_words.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>

namespace sb::pages {

namespace {
constexpr Millis kPause{400};
constexpr int kLongestKey = 4'096;
} // namespace

KeyDoor::KeyDoor(link::EngineLink &link, QWidget *parent)
    : QWidget(parent)
    , m_link(link)
    , m_key(new QLineEdit(this))
    , m_provider(new QComboBox(this))
    , m_address(new QLineEdit(this))
    , m_lamp(new kit::LampWidget(this))
    , m_line(new kit::PlainLabel(this))
    , m_verify(new QPushButton(tr("Verify the key"), this))
    , m_use(new QPushButton(tr("Use this key"), this))
    , m_pause(new QTimer(this))
{
    m_key->setAccessibleName(tr("Provider key"));
    m_key->setPlaceholderText(tr("Paste a key, for example sk-ant-…"));
    m_key->setEchoMode(QLineEdit::Password);
    m_key->setMaxLength(kLongestKey);
    m_key->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    m_provider->setAccessibleName(tr("Whose key it is"));
    m_provider->setMinimumContentsLength(22);
    m_address->setAccessibleName(tr("Address of the server"));
    m_address->setPlaceholderText(QStringLiteral("https://…/v1"));
    m_address->setMaxLength(2'048);
    m_line->setWordWrap(true);
    m_line->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_pause->setObjectName(QStringLiteral("pause"));
    m_pause->setSingleShot(true);
    m_pause->setInterval(kPause);
    kit::setPrimary(m_use);

    auto *row = new QHBoxLayout;
    row->setSpacing(kit::space::kInside);
    row->addWidget(m_key, 3);
    row->addWidget(m_provider, 2);
    auto *foot = new QHBoxLayout;
    foot->setSpacing(kit::space::kInside);
    foot->addWidget(m_lamp);
    foot->addWidget(m_line, 1);
    foot->addWidget(m_verify);
    foot->addWidget(m_use);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addLayout(row);
    column->addWidget(m_address);
    column->addLayout(foot);

    connect(m_key, &QLineEdit::textChanged, this, &KeyDoor::keyChanged);
    connect(m_key, &QLineEdit::returnPressed, this,
            [this] { m_step == Step::Verified ? use() : verify(); });
    connect(m_provider, &QComboBox::currentIndexChanged, this, [this] {
        m_isChosen = true;
        draftChanged();
    });
    connect(m_address, &QLineEdit::textChanged, this, &KeyDoor::draftChanged);
    connect(m_address, &QLineEdit::returnPressed, this, &KeyDoor::verify);
    connect(m_pause, &QTimer::timeout, this, &KeyDoor::verify);
    connect(m_verify, &QPushButton::clicked, this, &KeyDoor::verify);
    connect(m_use, &QPushButton::clicked, this, &KeyDoor::use);
    setStep(Step::Empty);
}

void KeyDoor::focusField()
{
    m_key->setFocus(Qt::OtherFocusReason);
}

Secret KeyDoor::key() const
{
    return Secret(m_key->text().trimmed().toUtf8());
}

bool KeyDoor::isOwnServer() const
{
    return m_provider->currentIndex() == m_drafts.size();
}

engine::ProviderDraft KeyDoor::draft() const
{
    if (!isOwnServer())
        return m_drafts.value(m_provider->currentIndex());
    engine::ProviderDraft own;
    own.baseUrl = m_address->text().trimmed().toUtf8();
    while (own.baseUrl.endsWith('/'))
        own.baseUrl.chop(1);
    own.label = words::hostOf(own.baseUrl);
    own.isLocal = own.baseUrl.startsWith("http://");
    return own;
}

void KeyDoor::keyChanged()
{
    ++m_asked;
    m_pause->stop();
    const QString text = m_key->text().trimmed();
    m_isChosen = false;
    m_drafts = m_link.setup().recognise(key());
    {
        const QSignalBlocker quiet(m_provider);
        m_provider->clear();
        for (const engine::ProviderDraft &one : std::as_const(m_drafts))
            m_provider->addItem(one.label);
        m_provider->addItem(tr("Another server…"));
        m_provider->setCurrentIndex(0);
    }
    if (text.isEmpty())
        return setStep(Step::Empty);
    if (text.startsWith(QStringLiteral("sbx-")))
        return setStep(Step::NoKey,
                       tr("This is a key of Signalbox itself. Paste a provider's key here."));
    if (m_drafts.isEmpty())
        return setStep(Step::NoKey, tr("This does not look like a provider's key yet."));
    draftChanged();
}

void KeyDoor::draftChanged()
{
    ++m_asked;
    m_pause->stop();
    if (isOwnServer())
        return setStep(Step::Choose,
                       tr("Give the address of a server that speaks OpenAI Chat, then verify."));
    if (m_drafts.size() > 1 && !m_isChosen) // nobody is sent a key on a guess
        return setStep(Step::Choose,
                       tr("Several providers give out keys like this. Choose whose it is, then "
                          "verify."));
    setStep(Step::Asking,
            tr("A key of %1. Asking for its model list, which is free…").arg(draft().label));
    m_pause->start();
}

void KeyDoor::verify()
{
    m_pause->stop();
    if (m_step == Step::Empty || m_step == Step::NoKey || m_step == Step::Adding)
        return;
    const quint32 asked = ++m_asked;
    setStep(Step::Asking, tr("Asking %1 for its model list, which is free…").arg(draft().label));
    m_link.setup()
        .verify(draft(), key())
        .then(this, [this, asked](const Result<engine::Verified> &result) {
            if (asked == m_asked)
                verified(result);
        });
}

void KeyDoor::verified(const Result<engine::Verified> &result)
{
    if (!result)
        return setStep(Step::Failed, words::setupError(result.error(), draft().label));
    setStep(Step::Verified,
            tr("%1 takes this key: %n model(s).", nullptr, result->models).arg(draft().label));
}

void KeyDoor::use()
{
    const QString label = draft().label;
    setStep(Step::Adding, tr("Adding %1…").arg(label));
    ++m_asked;
    m_link.setup()
        .addProvider(draft(), key())
        .then(this, [this, label](const Result<ProviderId> &added) {
            if (!added)
                return setStep(Step::Failed, words::setupError(added.error(), label));
            m_key->clear();
            emit said(tr("%1 is added, and is a target of chain default.").arg(label));
        });
}

void KeyDoor::setStep(Step step, const QString &line)
{
    m_step = step;
    const bool hasKey = step != Step::Empty && step != Step::NoKey;
    m_provider->setVisible(hasKey);
    m_address->setVisible(hasKey && isOwnServer());
    m_line->setText(line);
    m_line->setVisible(!line.isEmpty());
    m_lamp->setVisible(!line.isEmpty());
    m_lamp->setLamp(step == Step::Verified                             ? kit::Lamp::Serving
                        : step == Step::Failed                         ? kit::Lamp::Danger
                        : step == Step::Asking || step == Step::Adding ? kit::Lamp::Probing
                                                                       : kit::Lamp::Idle);
    m_line->setTone(step == Step::Verified     ? kit::PlainLabel::Tone::Serving
                        : step == Step::Failed ? kit::PlainLabel::Tone::Danger
                                               : kit::PlainLabel::Tone::Secondary);
    m_verify->setVisible(step == Step::Choose || step == Step::Failed);
    m_verify->setEnabled(!isOwnServer() || !m_address->text().trimmed().isEmpty());
    m_use->setVisible(step == Step::Verified || step == Step::Failed);
    m_use->setText(step == Step::Failed ? tr("Use it anyway") : tr("Use this key"));
    kit::setPrimary(m_use, step == Step::Verified);
}

} // namespace sb::pages
