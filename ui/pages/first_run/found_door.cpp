#include "pages/first_run/found_door.h"

#include "kit/console_style.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "words/plain.h"
#include "words/setup_words.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QCoreApplication>
#include <QPushButton>

namespace sb::pages {

namespace {
struct Words {
    Q_DECLARE_TR_FUNCTIONS(FoundDoor)
};

QString lineOf(const engine::FoundProvider &found)
{
    using Where = engine::FoundProvider::Where;
    const QString label = words::trimmed(found.draft.label, 60);
    if (found.isConfigured)
        return Words::tr("%1, in use already").arg(label);
    switch (found.where) {
    case Where::Environment:
        return Words::tr("%1, key %2 in %3").arg(label, found.shownKey, found.name);
    case Where::Shell:
        return Words::tr("%1, key %2 in %3 of your shell").arg(label, found.shownKey, found.name);
    case Where::LocalServer:
        break;
    }
    return found.models < 0
        ? Words::tr("%1, at %2").arg(label, found.name)
        : Words::tr("%1, at %2, %n model(s)", nullptr, found.models).arg(label, found.name);
}
} // namespace

FoundDoor::FoundDoor(link::EngineLink &link, QWidget *parent)
    : QWidget(parent)
    , m_link(link)
    , m_rows(new QVBoxLayout)
    , m_line(new kit::PlainLabel(this))
    , m_use(new QPushButton(this))
    , m_shell(new QPushButton(tr("Look in my shell"), this))
    , m_again(new QPushButton(tr("Look again"), this))
{
    m_line->setTone(kit::PlainLabel::Tone::Secondary);
    m_line->setWordWrap(true);
    kit::setPrimary(m_use);
    kit::setPlainToolTip(m_shell,
                         tr("Starts your login shell once and keeps only the names of provider "
                            "keys. A program started from a menu does not see them otherwise."));
    m_rows->setSpacing(kit::space::kGrid);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(kit::space::kInside);
    buttons->addWidget(m_use);
    buttons->addWidget(m_shell);
    buttons->addWidget(m_again);
    buttons->addStretch();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addLayout(m_rows);
    column->addWidget(m_line);
    column->addLayout(buttons);
    connect(m_use, &QPushButton::clicked, this, &FoundDoor::use);
    connect(m_shell, &QPushButton::clicked, this, &FoundDoor::lookInShell);
    connect(m_again, &QPushButton::clicked, this, &FoundDoor::look);
    fill();
}

void FoundDoor::look()
{
    if (m_isLooking)
        return;
    m_isLooking = true;
    m_line->setText(tr("Looking at the names of variables and at servers on this computer…"));
    m_line->show();
    m_again->setEnabled(false);
    m_link.setup().lookHere().then(this, [this](const QList<engine::FoundProvider> &found) {
        m_isLooking = false;
        m_again->setEnabled(true);
        m_here = found;
        fill();
    });
}

void FoundDoor::lookInShell()
{
    m_shell->setEnabled(false);
    m_line->setText(tr("Asking your login shell, 3 seconds at most…"));
    m_line->show();
    m_link.setup().lookInShell().then(
        this, [this](const Result<QList<engine::FoundProvider>> &found) {
            m_shell->setEnabled(true);
            if (found)
                m_inShell = *found;
            fill();
            if (!found) {
                m_line->setText(words::setupError(found.error(), {}));
                m_line->show();
            } else if (found->isEmpty()) {
                m_line->setText(tr("Your login shell sets no provider key that was not here."));
                m_line->show();
            }
        });
}

QList<engine::FoundProvider> FoundDoor::chosen() const
{
    QList<engine::FoundProvider> list;
    for (const auto &[box, found] : m_boxes) {
        if (box->isChecked() && box->isEnabled())
            list.append(found);
    }
    return list;
}

void FoundDoor::use()
{
    const QList<engine::FoundProvider> list = chosen();
    m_use->setEnabled(false);
    m_link.setup().useFound(list).then(
        this, [this, n = int(list.size())](const Result<QList<ProviderId>> &used) {
            m_use->setEnabled(true);
            if (!used) {
                m_line->setText(words::setupError(used.error(), {}));
                m_line->show();
                return;
            }
            emit said(tr("%n provider(s) added, and targets of chain default in this order.",
                         nullptr, n));
            look();
        });
}

// Rows are made anew: they are few, and this happens after a click.
void FoundDoor::fill()
{
    for (const auto &[box, found] : std::as_const(m_boxes))
        delete box;
    m_boxes.clear();
    QWidget *before = m_use->previousInFocusChain(); // rows come before the buttons, as they read
    for (const engine::FoundProvider &found : m_here + m_inShell) {
        auto *box = new QCheckBox(lineOf(found), this);
        box->setChecked(!found.isConfigured);
        box->setEnabled(!found.isConfigured);
        connect(box, &QCheckBox::toggled, this, &FoundDoor::count);
        m_rows->addWidget(box);
        setTabOrder(before, box);
        before = box;
        m_boxes.append({box, found});
    }
    m_line->setVisible(m_boxes.isEmpty());
    if (m_boxes.isEmpty())
        m_line->setText(tr("No provider key is in the environment and no model server answers on "
                           "this computer."));
    count();
}

void FoundDoor::count()
{
    const int n = int(chosen().size());
    m_use->setText(tr("Use these %n", nullptr, n));
    m_use->setVisible(n > 0);
}

} // namespace sb::pages
