// A word or number that leads somewhere: text that underlines when pointed at, a button to keys and
// assistive tools.
#pragma once

#include "kit/plain_label.h"

#include <QAbstractButton>

namespace sb::kit {

// Plain text only. At least 24 px high.
class LinkButton final : public QAbstractButton {
    Q_OBJECT
public:
    explicit LinkButton(const QString &text = {}, QWidget *parent = nullptr);

    void setTone(PlainLabel::Tone tone);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    PlainLabel::Tone m_tone = PlainLabel::Tone::Text;
};

} // namespace sb::kit
