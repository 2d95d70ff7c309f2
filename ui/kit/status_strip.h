// The strip on top of every page: state, address, and the numbers of the last five minutes.
#pragma once

#include "kit/lamp.h"
#include "kit/plain_label.h"
#include "record/frame.h"

#include <QWidget>

class QHBoxLayout;

namespace sb::kit {

class CopyButton;

// 40 px. Shows what the last frame says and nothing of its own. Numbers give way from the right
// when there is no room; the tool tip keeps the whole line.
class StatusStrip final : public QWidget {
    Q_OBJECT
public:
    explicit StatusStrip(QWidget *parent = nullptr);

    void setTotals(EngineState state, const QString &address, const TotalsView &totals);
    // Link lost: the last numbers stay, dimmed, with their time.
    void setStale(bool isStale, const QString &since = {});
    // Controls at the right end.
    void addControl(QWidget *control);
    // The whole line as text, as the tool tip and assistive tools have it.
    QString line() const;

    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void fit();

    QHBoxLayout *m_row;
    LampWidget *m_lamp;
    PlainLabel *m_word;
    PlainLabel *m_address;
    CopyButton *m_copy;
    PlainLabel *m_numbers;
    PlainLabel *m_stale;
    QStringList m_parts;
    QList<QWidget *> m_controls;
};

} // namespace sb::kit
