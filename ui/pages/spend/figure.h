// One figure of Spend's header: what, how much, and the words under it.
#pragma once

#include "kit/plain_label.h"

namespace sb::pages {

// Painted, so that long amounts and names give way in a stated order. GUI thread.
class Figure final : public QWidget {
    Q_OBJECT
public:
    struct Content {
        QString label;
        QString value;
        QString detail;
        QString hint; // where the figure comes from: for the tool tip
        kit::PlainLabel::Tone tone = kit::PlainLabel::Tone::Text; // of the value
        double share = -1; // of a cap: a bar; negative = none
        bool isWarned = false;
        bool isReached = false;

        friend bool operator==(const Content &, const Content &) = default;
    };

    explicit Figure(QWidget *parent = nullptr);

    void setContent(const Content &content);
    const Content &content() const { return m_content; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Content m_content;
};

} // namespace sb::pages
