// The one style: Fusion with our metrics, flat controls, thin scroll bars and the focus ring.
#pragma once

#include <QPointer>
#include <QProxyStyle>

class QFocusFrame;

namespace sb::kit {

// Owned by QApplication. Colours come from the palette at paint time, so both themes share it. No
// style sheet anywhere: it would switch these paths off. [console §12]
//
// The ring (2 px accent, 2 px away) is a QFocusFrame that follows the focus of the keyboard; a
// mouse click shows none.
class ConsoleStyle final : public QProxyStyle {
    Q_OBJECT
public:
    ConsoleStyle();

    void polish(QWidget *widget) override;
    void unpolish(QWidget *widget) override;
    using QProxyStyle::polish;
    using QProxyStyle::unpolish;

    int pixelMetric(PixelMetric metric, const QStyleOption *option,
                    const QWidget *widget) const override;
    int styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                  QStyleHintReturn *returned) const override;
    void drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget) const override;
    void drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                     const QWidget *widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex *option,
                            QPainter *painter, const QWidget *widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                         const QWidget *widget) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size,
                           const QWidget *widget) const override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void drawSpinBox(const QStyleOptionComplex *option, QPainter *painter,
                     const QWidget *widget) const;

    QPointer<QFocusFrame> m_ring;
};

// A button in the accent colour: the one next step of a page.
void setPrimary(QWidget *button, bool isPrimary = true);
bool isPrimary(const QWidget *button);

} // namespace sb::kit
