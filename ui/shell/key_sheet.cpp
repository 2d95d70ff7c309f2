#include "shell/key_sheet.h"

#include "kit/plain_label.h"
#include "kit/tokens.h"

#include <QGridLayout>
#include <QScrollArea>
#include <QVBoxLayout>

namespace sb::shell {

namespace {

constexpr QSize kSize{720, 560};

} // namespace

KeySheet::KeySheet(QWidget *host)
    : Overlay(kSize, host)
    , m_area(new QScrollArea(this))
{
    setAccessibleName(tr("Keys"));
    auto *title = new kit::PlainLabel(tr("Keys"), kit::Type::Title, this);
    auto *hint = new kit::PlainLabel(
        tr("Everything here is in the palette too: press Ctrl+K. Esc closes."), kit::Type::Label,
        this);
    hint->setTone(kit::PlainLabel::Tone::Muted);
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setWidgetResizable(true);
    m_area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_area->setAccessibleName(tr("List of keys"));
    m_area->viewport()->setAutoFillBackground(false);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kit::space::kMargin, kit::space::kGap, 2, kit::space::kGap);
    column->setSpacing(kit::space::kInside);
    column->addWidget(title);
    column->addWidget(hint);
    column->addWidget(m_area, 1);
}

void KeySheet::openWith(const QList<Command> &commands)
{
    auto *sheet = new QWidget;
    sheet->setAutoFillBackground(false);
    auto *grid = new QGridLayout(sheet);
    grid->setContentsMargins(0, 0, kit::space::kMargin, 0);
    grid->setHorizontalSpacing(kit::space::kMargin);
    grid->setVerticalSpacing(kit::space::kGrid);
    grid->setColumnStretch(1, 1);
    QString group;
    int row = 0;
    for (const Command &command : commands) {
        if (command.keys.isEmpty())
            continue;
        if (command.group != group) {
            group = command.group;
            auto *head = new kit::PlainLabel(group, kit::Type::LabelStrong, sheet);
            head->setTone(kit::PlainLabel::Tone::Secondary);
            head->setContentsMargins(0, row > 0 ? kit::space::kGap : 0, 0, 0);
            grid->addWidget(head, row++, 0, 1, 2);
        }
        auto *keys = new kit::PlainLabel(keyText(command.keys), kit::Type::Mono, sheet);
        keys->setTone(kit::PlainLabel::Tone::Secondary);
        grid->addWidget(keys, row, 0);
        grid->addWidget(new kit::PlainLabel(command.text, kit::Type::Body, sheet), row++, 1);
    }
    grid->setRowStretch(row, 1);
    m_area->setWidget(sheet); // deletes the one before
    openOver(m_area);
}

} // namespace sb::shell
