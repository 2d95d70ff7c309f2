// One inline message with at most one action: above a page, never a dialog.
#pragma once

#include "kit/lamp.h"
#include "kit/plain_label.h"

#include <QWidget>

class QPushButton;
class QToolButton;

namespace sb::kit {

// Says what happened, since when, what we do, what you can do. Wraps; announces itself to assistive
// tools when its text changes.
class NoticeBar final : public QWidget {
    Q_OBJECT
public:
    enum class Kind : quint8 { Info, Caution, Danger };

    explicit NoticeBar(QWidget *parent = nullptr);

    void setMessage(Kind kind, const QString &text);
    QString message() const;
    // Empty: no button.
    void setAction(const QString &verb);
    void setSecondAction(const QString &verb);
    void setClosable(bool isClosable);
    void setFloating(bool isFloating); // over a page, with an edge of its own

signals:
    void actionClicked();
    void secondActionClicked();
    void closed();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Kind m_kind = Kind::Info;
    bool m_isFloating = false;
    LampWidget *m_lamp;
    PlainLabel *m_text;
    QPushButton *m_action;
    QPushButton *m_second;
    QToolButton *m_close;
};

} // namespace sb::kit
