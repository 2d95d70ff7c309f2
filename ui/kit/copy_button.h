// An icon button that puts a text on the clipboard and says so.
#pragma once

#include <QToolButton>

class QTimer;

namespace sb::kit {

// Shows a tick for 1.5 s after copying. The name for assistive tools says what is copied.
class CopyButton final : public QToolButton {
    Q_OBJECT
public:
    // `what`: a whole phrase, "Copy the base address".
    explicit CopyButton(const QString &what, QWidget *parent = nullptr);

    // What goes to the clipboard; never a secret. [console §1.8]
    void setCopied(const QString &text) { m_text = text; }
    QString copied() const { return m_text; }

signals:
    void copiedNow();

private:
    void copy();

    QString m_text;
    QString m_what;
    QTimer *m_back;
};

} // namespace sb::kit
