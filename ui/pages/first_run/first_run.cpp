#include "pages/first_run/first_run.h"

#include "kit/console_style.h"
#include "kit/passphrase_row.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "pages/first_run/door.h"
#include "pages/first_run/found_door.h"
#include "pages/first_run/key_door.h"
#include "words/setup_words.h"

#include <QBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>

namespace sb::pages {

namespace {
const QString kSkipped = QStringLiteral("first_run/skipped");
constexpr int kWidest = 760;
} // namespace

FirstRun::FirstRun(link::EngineLink &link, QSettings &settings, QWidget *parent)
    : QWidget(parent)
    , m_link(link)
    , m_settings(settings)
    , m_scroll(new QScrollArea(this))
    , m_doors(makeDoors())
    , m_short(makeShort())
{
    setAccessibleName(tr("First steps"));
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(m_doors);
    m_scroll->viewport()->setAutoFillBackground(false);
    m_doors->setAutoFillBackground(false);
    setAddress({});
    setSkipped(m_settings.value(kSkipped).toBool());
}

// Said before a key is pasted, not after it was lost.
void FirstRun::askStorage()
{
    m_link.setup().storage().then(this, [this](const Result<engine::StorageView> &view) {
        const bool isNeeded = view && !view->isKeychainWorking && !view->isVaultOpen;
        m_noKeychain->setVisible(isNeeded);
        m_passphrase->setVisible(isNeeded);
        if (!isNeeded)
            return;
        m_passphrase->setFileExists(view->hasVault);
        m_noKeychain->setText(tr("No keychain works here, so a pasted key lasts until Signalbox "
                                 "stops. A passphrase keeps it in a file."));
    });
}

QWidget *FirstRun::makeDoors()
{
    auto *page = new QWidget(this);
    auto *title = new kit::PlainLabel(tr("Who should answer your tools?"), kit::Type::Title, page);
    auto *skip = new QPushButton(tr("Skip"), page);
    skip->setFlat(true);
    kit::setPlainToolTip(skip, tr("Leaves this page. The same three ways in stay on the board."));
    m_address = new kit::PlainLabel(QString(), kit::Type::Mono, page);
    m_address->setTone(kit::PlainLabel::Tone::Secondary);

    auto *paste = new Door(tr("Paste a provider's key"),
                           tr("It is checked with a free call. Nothing is stored before you use "
                              "it; then it goes into the desktop's keychain."),
                           page);
    m_key = new KeyDoor(m_link, paste);
    paste->body()->addWidget(m_key);
    m_noKeychain = new kit::PlainLabel(QString(), kit::Type::Label, paste);
    m_noKeychain->setWordWrap(true);
    m_noKeychain->setTone(kit::PlainLabel::Tone::Caution);
    m_passphrase = new kit::PassphraseRow(paste);
    paste->body()->addWidget(m_noKeychain);
    paste->body()->addWidget(m_passphrase);
    m_noKeychain->hide();
    m_passphrase->hide();
    connect(m_passphrase, &kit::PassphraseRow::given, this, [this](const Secret &passphrase) {
        m_passphrase->setBusy(true);
        m_link.setup().openVault(passphrase).then(this, [this](const Result<void> &opened) {
            m_passphrase->setBusy(false);
            emit said(opened ? tr("Keys stay in the passphrase file from now on.")
                          : opened.error().code == QStringLiteral("secret_bad")
                          ? tr("This passphrase does not open the file.")
                          : words::setupError(opened.error(), {}));
            askStorage();
        });
    });

    auto *found = new Door(tr("Use what is found here"),
                           tr("Keys in the environment, by name, and model servers on this "
                              "computer. Nothing is stored before you use it."),
                           page);
    m_found = new FoundDoor(m_link, found);
    found->body()->addWidget(m_found);

    auto *simulated = new Door(tr("Try it without any key"),
                               tr("Three simulated providers and a chain: nothing leaves this "
                                  "computer, nothing costs money."),
                               page);
    auto *start = new QPushButton(tr("Start with simulated providers"), simulated);
    auto *row = new QHBoxLayout;
    row->addWidget(start);
    row->addStretch();
    simulated->body()->addLayout(row);

    auto *head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(skip);
    auto *column = new QVBoxLayout;
    column->setSpacing(kit::space::kGap);
    column->addLayout(head);
    column->addWidget(m_address);
    column->addWidget(paste);
    column->addWidget(found);
    column->addWidget(simulated);
    column->addStretch();
    auto *middle = new QWidget(page);
    middle->setMaximumWidth(kWidest);
    middle->setLayout(column);
    column->setContentsMargins(0, 0, 0, 0);
    auto *outer = new QHBoxLayout(page);
    outer->setContentsMargins(kit::space::kMargin, kit::space::kMargin, kit::space::kMargin,
                              kit::space::kMargin);
    outer->addStretch(1);
    outer->addWidget(middle, 100);
    outer->addStretch(1);

    connect(skip, &QPushButton::clicked, this, [this] {
        setSkipped(true);
        m_short->findChild<QPushButton *>()->setFocus(Qt::OtherFocusReason);
    });
    connect(start, &QPushButton::clicked, this, &FirstRun::startRequested);
    connect(m_key, &KeyDoor::said, this, &FirstRun::said);
    connect(m_found, &FoundDoor::said, this, &FirstRun::said);
    return page;
}

QWidget *FirstRun::makeShort()
{
    auto *page = new QWidget(this);
    auto *line = new kit::PlainLabel(tr("Clients, chains and providers will be here, and every "
                                        "request on its way between them."),
                                     kit::Type::Body, page);
    line->setTone(kit::PlainLabel::Tone::Secondary);
    line->setWordWrap(true);
    line->setAlignment(Qt::AlignCenter);
    auto *key = new QPushButton(tr("Paste a key"), page);
    auto *here = new QPushButton(tr("Look on this computer"), page);
    auto *simulated = new QPushButton(tr("Use simulated providers"), page);
    kit::setPrimary(key);
    auto *row = new QHBoxLayout;
    row->setSpacing(kit::space::kInside);
    row->addStretch();
    row->addWidget(key);
    row->addWidget(here);
    row->addWidget(simulated);
    row->addStretch();
    auto *column = new QVBoxLayout(page);
    column->setSpacing(kit::space::kGap);
    column->addStretch(2);
    column->addWidget(line);
    column->addLayout(row);
    column->addStretch(3);
    connect(key, &QPushButton::clicked, this, [this] {
        setSkipped(false);
        m_key->focusField();
    });
    connect(here, &QPushButton::clicked, this, [this] {
        setSkipped(false);
        m_found->look();
        m_found->setFocus(Qt::OtherFocusReason);
    });
    connect(simulated, &QPushButton::clicked, this, &FirstRun::startRequested);
    return page;
}

void FirstRun::setAddress(const QString &address)
{
    m_address->setText(address.isEmpty() ? tr("The gateway is not listening yet.")
                                         : tr("The gateway listens at %1").arg(address));
    // The engine answers only while it runs.
    if (!address.isEmpty() && isVisible() && !isSkipped() && !std::exchange(m_hasLooked, true))
        m_found->look();
}

void FirstRun::setSkipped(bool isSkipped)
{
    m_scroll->setVisible(!isSkipped);
    m_short->setVisible(isSkipped);
    m_settings.setValue(kSkipped, isSkipped);
}

bool FirstRun::isSkipped() const
{
    return m_scroll->isHidden();
}

void FirstRun::showEvent(QShowEvent *event)
{
    if (!std::exchange(m_hasAskedStorage, true))
        askStorage();
    QWidget::showEvent(event);
    if (!isSkipped() && m_link.state() == link::LinkState::Connected
        && !std::exchange(m_hasLooked, true))
        m_found->look();
}

void FirstRun::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_scroll->setGeometry(rect());
    m_short->setGeometry(rect());
}

void FirstRun::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), kit::tokensFor(palette()).window);
}

} // namespace sb::pages
