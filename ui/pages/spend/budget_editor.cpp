#include "pages/spend/budget_editor.h"

#include "kit/console_style.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "words/format.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QLocale>
#include <QPainter>
#include <QPushButton>

namespace sb::pages {

namespace {

const QString kScope = QStringLiteral("all");
const QString kWindow = QStringLiteral("day");
constexpr Money kMost{1'000'000'000'000'000}; // a million dollars

} // namespace

BudgetEditor::BudgetEditor(const PageContext &context, QWidget *parent)
    : QWidget(parent)
    , m_context(context)
    , m_lamp(new kit::LampWidget(this))
    , m_text(new kit::PlainLabel(QString(), kit::Type::Body, this))
    , m_label(
          new kit::PlainLabel(tr("Daily cap for all traffic, US dollars"), kit::Type::Body, this))
    , m_field(new QLineEdit(this))
    , m_change(new QPushButton(this))
    , m_remove(new QPushButton(tr("Remove"), this))
    , m_save(new QPushButton(tr("Save"), this))
    , m_cancel(new QPushButton(tr("Cancel"), this))
{
    m_field->setAccessibleName(tr("Daily cap, US dollars"));
    m_field->setMaximumWidth(120);
    m_field->setMaxLength(20);
    m_field->setPlaceholderText(QStringLiteral("10.00"));
    m_label->setBuddy(m_field);
    m_remove->setAccessibleName(tr("Remove the daily cap"));
    m_save->setAccessibleName(tr("Save the daily cap"));
    m_cancel->setAccessibleName(tr("Keep the cap as it was"));
    m_text->setElided(true);
    kit::setPrimary(m_save);
    auto *line = new QHBoxLayout(this);
    line->setContentsMargins(kit::space::kGap, 0, kit::space::kGrid, 0);
    line->setSpacing(kit::space::kInside);
    line->addWidget(m_lamp);
    line->addWidget(m_label);
    line->addWidget(m_field);
    line->addWidget(m_text, 1);
    line->addWidget(m_change);
    line->addWidget(m_remove);
    line->addWidget(m_save);
    line->addWidget(m_cancel);
    connect(m_change, &QPushButton::clicked, this, &BudgetEditor::edit);
    connect(m_remove, &QPushButton::clicked, this, &BudgetEditor::remove);
    connect(m_save, &QPushButton::clicked, this, &BudgetEditor::save);
    connect(m_cancel, &QPushButton::clicked, this, &BudgetEditor::cancel);
    connect(m_field, &QLineEdit::returnPressed, this, &BudgetEditor::save);
    connect(m_field, &QLineEdit::textEdited, this, [this] {
        m_problem.clear();
        display();
    });
    display();
}

QSize BudgetEditor::sizeHint() const
{
    return {400, 36};
}

std::optional<Money> BudgetEditor::parseAmount(QString text)
{
    const QLocale locale;
    text.remove(u'$').remove(u' ').remove(QChar(0xa0));
    // The language's own signs first: "1.000,50" in German, "1,000.50" in English.
    text.remove(locale.groupSeparator());
    text.replace(locale.decimalPoint(), QStringLiteral("."));
    const auto amount = Money::parse(text.toLatin1());
    if (!amount || *amount <= Money{} || *amount > kMost)
        return std::nullopt;
    return amount;
}

void BudgetEditor::setFrame(const FramePtr &frame)
{
    m_frame = frame;
    m_budget.reset();
    for (const BudgetView &view : frame->budgets) {
        if (view.scope == kScope && view.window == kWindow)
            m_budget = view;
    }
    display();
}

int BudgetEditor::configuredIndex() const
{
    const auto config = m_context.link.setup().config();
    for (int i = 0; config && i < config->budgets.size(); ++i) {
        if (config->budgets[i].scope == kScope && config->budgets[i].window == kWindow)
            return i;
    }
    return -1;
}

void BudgetEditor::edit()
{
    m_isEditing = true;
    m_problem.clear();
    m_field->setText(m_budget ? QString::fromLatin1(m_budget->cap.dollars()) : QString());
    display();
    m_field->setFocus(Qt::ShortcutFocusReason);
    m_field->selectAll();
}

void BudgetEditor::cancel()
{
    if (!m_isEditing)
        return;
    m_isEditing = false;
    m_problem.clear();
    display();
    m_change->setFocus(Qt::ShortcutFocusReason);
}

void BudgetEditor::save()
{
    if (m_isWaiting)
        return;
    const auto amount = parseAmount(m_field->text());
    if (!amount) {
        m_problem = tr("An amount above $0, like 10.00.");
        display();
        m_field->setFocus(Qt::OtherFocusReason);
        return;
    }
    const QByteArray cap = '"' + amount->dollars() + '"';
    const QString done = tr("The daily cap is now %1.").arg(words::money(*amount));
    const int index = configuredIndex();
    if (index >= 0) {
        send(QStringLiteral("budgets[%1].cap").arg(index), cap, done);
        return;
    }
    QString id = QStringLiteral("daily");
    const auto config = m_context.link.setup().config();
    const auto isTaken = [&config](const QString &name) {
        return config
            && std::any_of(config->budgets.cbegin(), config->budgets.cend(),
                           [&](const auto &budget) { return budget.id == name; });
    };
    for (int n = 2; isTaken(id); ++n)
        id = QStringLiteral("daily-%1").arg(n);
    send(QStringLiteral("budgets[+]"),
         R"({"id":")" + id.toLatin1() + R"(","scope":"all","window":"day","cap":)" + cap + '}',
         done);
}

void BudgetEditor::remove()
{
    const int index = configuredIndex();
    if (index < 0 || m_isWaiting)
        return;
    send(QStringLiteral("budgets[%1]").arg(index), {}, tr("The daily cap was removed."));
}

void BudgetEditor::send(const QString &path, const QByteArray &value, const QString &done)
{
    m_isWaiting = true;
    m_problem.clear();
    display();
    m_context.link.editConfig(path, value).then(this, [this, done](const Result<quint32> &answer) {
        m_isWaiting = false;
        if (answer) {
            const bool hadFocus = isAncestorOf(focusWidget());
            m_isEditing = false;
            display();
            if (hadFocus)
                m_change->setFocus(Qt::OtherFocusReason);
            emit said(done);
            return;
        }
        m_problem = tr("The gateway refused the change: %1").arg(answer.error().detail);
        display();
    });
}

void BudgetEditor::display()
{
    for (QWidget *widget : {static_cast<QWidget *>(m_label), static_cast<QWidget *>(m_field),
                            static_cast<QWidget *>(m_save), static_cast<QWidget *>(m_cancel)})
        widget->setVisible(m_isEditing);
    m_change->setVisible(!m_isEditing);
    m_remove->setVisible(!m_isEditing && m_budget);
    for (QPushButton *button : {m_change, m_remove, m_save})
        button->setEnabled(!m_isWaiting);
    m_change->setText(m_budget ? tr("Change…") : tr("Set a daily cap…"));
    m_change->setAccessibleName(m_budget ? tr("Change the daily cap") : tr("Set a daily cap"));
    kit::setPlainToolTip(
        m_change, tr("%1 (B)", "what a button does, its key").arg(m_change->accessibleName()));

    using kit::PlainLabel;
    kit::Lamp lamp = kit::Lamp::Idle;
    auto tone = PlainLabel::Tone::Secondary;
    QString text = m_isEditing ? QString() : tr("No daily cap: nothing limits what is spent.");
    if (m_budget && !m_isEditing) {
        const BudgetView &b = *m_budget;
        const QString reset = b.resetsAtWallMs > 0 && m_frame
            ? tr("starts again at %1, in %2", "time, duration")
                  .arg(words::timeMinutes(b.resetsAtWallMs),
                       words::lasting(m_frame->wallMs, b.resetsAtWallMs))
            : QString();
        QStringList parts;
        if (b.isReached) {
            lamp = kit::Lamp::Danger;
            tone = PlainLabel::Tone::Danger;
            parts += tr("The daily cap of %1 is reached and requests are refused", "amount")
                         .arg(words::money(b.cap));
            if (b.refused > 0)
                parts += tr("%n so far", "requests refused", b.refused);
        } else {
            lamp = b.isWarned ? kit::Lamp::Caution : kit::Lamp::Serving;
            tone = b.isWarned ? PlainLabel::Tone::Caution : PlainLabel::Tone::Text;
            const double share
                = b.cap.nano > 0 ? double((b.spent + b.reserved).nano) / double(b.cap.nano) : 0;
            parts += tr("Daily cap %1").arg(words::money(b.cap));
            parts += tr("%1 spent", "amount").arg(words::money(b.spent));
            if (b.reserved > Money{})
                parts += tr("%1 held for requests that run").arg(words::money(b.reserved));
            parts += tr("%1 used", "percent").arg(words::percent(share));
        }
        if (!reset.isEmpty())
            parts += reset;
        text = parts.join(QStringLiteral(", ")) + u'.';
    }
    if (!m_problem.isEmpty()) {
        text = m_problem;
        tone = PlainLabel::Tone::Danger;
        lamp = kit::Lamp::Danger;
    } else if (m_isWaiting) {
        text = tr("Waiting for the gateway.");
        tone = PlainLabel::Tone::Secondary;
    }
    m_lamp->setLamp(lamp);
    m_text->setTone(tone);
    m_text->setText(text);
}

void BudgetEditor::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && m_isEditing) {
        cancel();
        return;
    }
    QWidget::keyPressEvent(event);
}

void BudgetEditor::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const kit::Tokens &t = kit::tokensFor(palette());
    painter.setPen(QPen(t.hairline, 1));
    painter.setBrush(t.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kit::space::kPlateRadius,
                            kit::space::kPlateRadius);
}

} // namespace sb::pages
