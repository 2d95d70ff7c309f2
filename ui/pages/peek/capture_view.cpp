#include "pages/peek/capture_view.h"

#include "kit/empty_state.h"
#include "kit/tokens.h"
#include "pages/peek/text_pane.h"
#include "words/format.h"

#include <QBoxLayout>
#include <QPushButton>
#include <QStackedWidget>

namespace sb::pages {

CaptureView::CaptureView(CaptureSource &source, const QString &textName, QWidget *parent)
    : QWidget(parent)
    , m_source(source)
    , m_stack(new QStackedWidget)
    , m_empty(new kit::EmptyState(QString(), tr("Record the next hour")))
    , m_pane(new TextPane(textName, this))
    , m_content(nullptr)
{
    auto *holder = new QWidget;
    m_content = new QVBoxLayout(holder);
    m_content->setContentsMargins(0, 0, 0, 0);
    m_content->setSpacing(kit::space::kInside);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(holder);
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(kit::space::kMargin, 0, kit::space::kMargin, kit::space::kInside);
    outer->addWidget(m_stack);
    connect(m_empty, &kit::EmptyState::clicked, this, [this] { m_source.record(); });
    connect(&m_source, &CaptureSource::changed, this, [this] {
        if (isVisible()) {
            m_source.want();
            refresh();
        }
    });
}

QString CaptureView::emptyLine() const
{
    return m_stack->currentIndex() == 0 ? m_emptyLine : QString();
}

bool CaptureView::openFind()
{
    if (!emptyLine().isEmpty())
        return false;
    m_pane->openFind();
    return true;
}

bool CaptureView::closeLayer()
{
    return m_pane->closeFind();
}

void CaptureView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_source.want();
    refresh();
}

void CaptureView::showEmpty(const QString &line, const QString &button)
{
    m_emptyLine = line;
    m_empty->setLine(line);
    m_empty->button()->setText(button);
    m_empty->button()->setVisible(!button.isEmpty());
    m_stack->setCurrentIndex(0);
}

void CaptureView::refresh()
{
    if (m_shown == m_source.version())
        return;
    m_shown = m_source.version();
    const auto captured = m_source.captured();
    if (!captured) {
        showEmpty(m_source.reason(), m_source.canRecord() ? tr("Record the next hour") : QString());
        return;
    }
    m_stack->setCurrentIndex(1);
    fill(*captured);
}

QString CaptureView::attemptName(const CapturedAttempt &attempt) const
{
    const auto &exchange = m_source.exchange();
    for (const Attempt &made : exchange->attempts) {
        if (made.ordinal == attempt.ordinal) {
            return tr("Attempt %1, %2", "number, provider and model")
                .arg(words::count(attempt.ordinal), m_names.of(made.target));
        }
    }
    return tr("Attempt %1").arg(words::count(attempt.ordinal));
}

} // namespace sb::pages
