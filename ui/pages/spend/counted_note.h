// "How this is counted" and why it can differ from the provider's own page, over Spend.
#pragma once

#include "kit/plain_label.h"

namespace sb::pages {

// Owned and placed by the page, which closes it on Escape. GUI thread.
class CountedNote final : public QWidget {
    Q_OBJECT
public:
    explicit CountedNote(QWidget *parent = nullptr);

    void open();
    int heightFor(int width) const;

signals:
    void closed();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QWidget *m_close;
};

} // namespace sb::pages
