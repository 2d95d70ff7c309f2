#include "pages/settings/settings_form.h"

#include "kit/plain_label.h"
#include "kit/tokens.h"

#include <QAbstractButton>
#include <QGridLayout>
#include <QVBoxLayout>

namespace sb::pages {

namespace {
constexpr int kLabelWidth = 200;
constexpr int kMostWidth = 820;
} // namespace

SettingsForm::SettingsForm(QWidget *parent)
    : QWidget(parent)
    , m_column(new QVBoxLayout(this))
{
    setMaximumWidth(kMostWidth);
    m_column->setContentsMargins(kit::space::kMargin, kit::space::kMargin, kit::space::kMargin,
                                 kit::space::kMargin);
    m_column->setSpacing(kit::space::kInside);
}

void SettingsForm::beginSection(const QString &id, const QString &title)
{
    auto *head = new kit::PlainLabel(title, kit::Type::Title, this);
    if (!m_sections.isEmpty())
        m_column->addSpacing(kit::space::kMargin);
    m_column->addWidget(head);
    m_sections.insert(id, head);
    m_grid = new QGridLayout;
    m_grid->setHorizontalSpacing(kit::space::kMargin);
    m_grid->setVerticalSpacing(kit::space::kInside);
    m_grid->setColumnMinimumWidth(0, kLabelWidth);
    m_grid->setColumnStretch(1, 1);
    m_column->addLayout(m_grid);
}

void SettingsForm::addRow(const QString &label, QWidget *control, const QString &help)
{
    const int row = m_grid->rowCount();
    auto *name = new kit::PlainLabel(label, kit::Type::Body, this);
    name->setTone(kit::PlainLabel::Tone::Secondary);
    name->setBuddy(control);
    m_grid->addWidget(name, row, 0, Qt::AlignLeft | Qt::AlignVCenter);
    m_grid->addWidget(control, row, 1, Qt::AlignLeft | Qt::AlignVCenter);
    if (control->accessibleName().isEmpty() && !qobject_cast<QAbstractButton *>(control))
        control->setAccessibleName(label);
    if (help.isEmpty())
        return;
    control->setAccessibleDescription(help);
    auto *text = new kit::PlainLabel(help, kit::Type::Label, this);
    text->setTone(kit::PlainLabel::Tone::Muted);
    text->setWordWrap(true);
    m_grid->addWidget(text, row + 1, 1);
}

void SettingsForm::addWide(QWidget *widget)
{
    m_grid->addWidget(widget, m_grid->rowCount(), 0, 1, 2);
}

void SettingsForm::finish()
{
    m_column->addStretch(1);
}

} // namespace sb::pages
