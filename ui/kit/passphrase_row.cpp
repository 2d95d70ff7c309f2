#include "kit/passphrase_row.h"

#include "kit/tokens.h"

#include <QBoxLayout>
#include <QLineEdit>
#include <QPushButton>

namespace sb::kit {

PassphraseRow::PassphraseRow(QWidget *parent)
    : QWidget(parent)
    , m_first(new QLineEdit(this))
    , m_again(new QLineEdit(this))
    , m_button(new QPushButton(this))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kInside);
    m_first->setAccessibleName(tr("Passphrase"));
    m_again->setAccessibleName(tr("The same passphrase again"));
    m_again->setPlaceholderText(tr("The same again"));
    for (QLineEdit *field : {m_first, m_again}) {
        field->setEchoMode(QLineEdit::Password);
        field->setMinimumWidth(160);
        row->addWidget(field, 1);
        connect(field, &QLineEdit::textChanged, this, &PassphraseRow::refresh);
        connect(field, &QLineEdit::returnPressed, this, &PassphraseRow::give);
    }
    row->addWidget(m_button);
    connect(m_button, &QPushButton::clicked, this, &PassphraseRow::give);
    refresh();
}

void PassphraseRow::setFileExists(bool isThere)
{
    m_isThere = isThere;
    refresh();
}

void PassphraseRow::setBusy(bool isBusy)
{
    m_isBusy = isBusy;
    refresh();
}

void PassphraseRow::refresh()
{
    m_first->setPlaceholderText(m_isThere ? tr("Passphrase")
                                          : tr("A passphrase, at least %1 letters").arg(kLeast));
    m_again->setVisible(!m_isThere);
    m_button->setText(m_isThere ? tr("Open the passphrase file") : tr("Keep keys in a file"));
    const bool isGood = m_isThere
        ? !m_first->text().isEmpty()
        : m_first->text().size() >= kLeast && m_first->text() == m_again->text();
    m_button->setEnabled(isGood && !m_isBusy);
    m_first->setEnabled(!m_isBusy);
    m_again->setEnabled(!m_isBusy);
}

void PassphraseRow::give()
{
    if (!m_button->isEnabled())
        return;
    const Secret passphrase(m_first->text().toUtf8());
    m_first->clear();
    m_again->clear();
    emit given(passphrase);
}

} // namespace sb::kit
