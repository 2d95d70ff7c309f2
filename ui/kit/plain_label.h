// A label that can only show plain text, and the one way to set a tool tip.
#pragma once

#include "kit/fonts.h"

#include <QLabel>

namespace sb::kit {

// Text from anywhere is safe here: markup is shown as it was written, bidi and control characters
// become visible marks (words::visible). The only label class of the window. [robustness §7.14]
class PlainLabel : public QLabel {
    Q_OBJECT
public:
    // How prominent it is; follows the palette when the theme changes.
    enum class Tone : quint8 { Text, Secondary, Muted, Danger, Caution, Serving, Drill };

    explicit PlainLabel(QWidget *parent = nullptr);
    explicit PlainLabel(const QString &text, Type type = Type::Body, QWidget *parent = nullptr);

    void setText(const QString &text);
    QString text() const { return m_text; } // as given
    void setType(Type type);
    void setTone(Tone tone);
    // Elided at the right where it does not fit; the whole text is then the tool tip.
    void setElided(bool isElided);

    QSize minimumSizeHint() const override;
    QSize sizeHint() const override;

protected:
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void applyTone();
    void display();

    QString m_text;
    Tone m_tone = Tone::Text;
    Type m_type = Type::Body;
    bool m_isElided = false;
    bool m_isApplying = false;
};

// A tool tip whose text cannot be read as markup.
void setPlainToolTip(QWidget *widget, const QString &text);
// The same for places that take a string (Qt::ToolTipRole).
QString plainToolTip(const QString &text);

} // namespace sb::kit
