#include "shell/first_request.h"

#include "kit/copy_button.h"
#include "kit/icons.h"
#include "kit/plain_label.h"
#include "kit/plate.h"
#include "kit/tokens.h"

#include <QGridLayout>
#include <QPushButton>
#include <QToolButton>

namespace sb::shell {

namespace {

// A JSON string inside single quotes of a shell.
QString quoted(const QString &text)
{
    QString out;
    for (const QChar c : text) {
        if (c == u'"' || c == u'\\')
            out += u'\\';
        if (c == u'\'')
            out += QStringLiteral("'\\''");
        else if (c >= u' ')
            out += c;
    }
    return out;
}

} // namespace

FirstRequest::FirstRequest(QWidget *parent)
    : QWidget(parent)
    , m_title(new kit::PlainLabel({}, kit::Type::Strong, this))
    , m_test(new QPushButton(this))
    , m_lines(new QWidget(this))
    , m_before(new QWidget(this))
    , m_next(new QWidget(this))
    , m_key(new kit::PlainLabel({}, kit::Type::Mono, m_lines))
    , m_request(new kit::PlainLabel({}, kit::Type::Mono, m_lines))
    , m_copyKey(new kit::CopyButton(tr("Copy the key line"), m_lines))
    , m_copyRequest(new kit::CopyButton(tr("Copy the request line"), m_lines))
{
    auto *tool = new QPushButton(tr("Connect a tool"), m_before);
    auto *close = new QToolButton(this);
    close->setIcon(kit::icon(kit::Glyph::Close));
    close->setAutoRaise(true);
    close->setFocusPolicy(Qt::TabFocus);
    close->setAccessibleName(tr("Hide the first request"));
    kit::setPlainToolTip(close, tr("Hide the first request"));
    for (kit::PlainLabel *line : {m_key, m_request}) {
        line->setElided(true);
        line->setTone(kit::PlainLabel::Tone::Secondary);
    }
    m_title->setElided(true);
    m_key->setText(keyLine());
    m_copyKey->setCopied(keyLine());

    const auto row = [](QWidget *widget) {
        auto *layout = new QHBoxLayout(widget);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(kit::space::kInside);
        return layout;
    };
    auto *before = row(m_before);
    before->addWidget(tool);
    before->addWidget(m_test);
    auto *next = row(m_next);
    const auto step = [this, next](const QString &text, const QString &page, const QString &query) {
        auto *button = new QPushButton(text, m_next);
        connect(button, &QPushButton::clicked, this,
                [this, page, query] { emit pageAsked(page, query); });
        next->addWidget(button);
        m_steps.append({page, query, button});
    };
    step(tr("Connect a tool"), QStringLiteral("connect"), QStringLiteral("tools"));
    step(tr("Set a daily cap"), QStringLiteral("spend"), QStringLiteral("budget"));
    step(tr("Add a second target"), QStringLiteral("chains"), QStringLiteral("default"));
    step(tr("Run your first drill"), QStringLiteral("board"), QStringLiteral("drill"));

    auto *grid = new QGridLayout(m_lines);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(kit::space::kInside);
    grid->setVerticalSpacing(0);
    grid->addWidget(m_key, 0, 0);
    grid->addWidget(m_copyKey, 0, 1);
    grid->addWidget(m_request, 1, 0);
    grid->addWidget(m_copyRequest, 1, 1);
    grid->setColumnStretch(0, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kit::space::kGap, kit::space::kInside, kit::space::kInside,
                               kit::space::kInside);
    column->setSpacing(kit::space::kGrid);
    auto *head = new QHBoxLayout;
    head->setSpacing(kit::space::kInside);
    head->addWidget(m_title, 1);
    head->addWidget(m_before);
    head->addWidget(m_next);
    head->addWidget(close);
    column->addLayout(head);
    column->addWidget(m_lines);
    connect(m_test, &QPushButton::clicked, this, [this] { emit testAsked(m_model); });
    connect(tool, &QPushButton::clicked, this,
            [this] { emit pageAsked(QStringLiteral("connect"), {}); });
    connect(close, &QToolButton::clicked, this, &FirstRequest::dismissed);
    setCrossed(false);
}

void FirstRequest::setPages(const QStringList &ids)
{
    m_pages = ids;
    setDone({});
}

bool FirstRequest::setDone(const QStringList &queries)
{
    bool isAll = true;
    for (const Step &step : std::as_const(m_steps)) {
        const bool isOffered = m_pages.contains(step.page) && !queries.contains(step.query);
        step.button->setVisible(isOffered);
        isAll &= !isOffered;
    }
    return isAll;
}

void FirstRequest::setCrossed(bool hasCrossed)
{
    m_hasCrossed = hasCrossed;
    m_title->setText(hasCrossed ? tr("Your first request has crossed. Next:")
                                : tr("Connect a tool, or send a first request"));
    m_before->setVisible(!hasCrossed);
    m_lines->setVisible(!hasCrossed);
    m_next->setVisible(hasCrossed);
}

void FirstRequest::setTarget(const QString &base, const QString &model, const QString &price)
{
    m_model = model;
    m_test->setText(price.isEmpty() ? tr("Send a test request")
                                    : tr("Send a test request, %1").arg(price));
    const QString line
        = QStringLiteral("curl -N %1/v1/chat/completions "
                         "-H \"Authorization: Bearer $SIGNALBOX_KEY\" "
                         "-H 'Content-Type: application/json' "
                         "-d '{\"model\":\"%2\",\"stream\":true,"
                         "\"messages\":[{\"role\":\"user\",\"content\":\"Say hello\"}]}'")
              .arg(base, quoted(model));
    m_request->setText(line);
    m_copyRequest->setCopied(line);
}

QString FirstRequest::keyLine() const
{
    return QStringLiteral("export SIGNALBOX_KEY=\"$(signalboxd keys show default)\"");
}

QString FirstRequest::requestLine() const
{
    return m_request->text();
}

void FirstRequest::paintEvent(QPaintEvent *)
{
    kit::paintPlate(this, kit::tokensFor(palette()).panel);
}

} // namespace sb::shell
