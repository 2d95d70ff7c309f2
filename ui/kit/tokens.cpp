#include "kit/tokens.h"

#include <cmath>

namespace sb::kit {

namespace {

Tokens makeDark()
{
    Tokens t;
    t.isDark = true;
    t.window = QColor(0x0F1318);
    t.panel = QColor(0x161B22);
    t.raised = QColor(0x1D242D);
    t.inset = QColor(0x12171D);
    t.hairline = QColor(0x262E38);
    t.plateBorder = QColor(0x3A4553);
    t.controlBorder = QColor(0x6B7A8B);
    t.text = QColor(0xE6EBF1);
    t.secondary = QColor(0xA9B4C0);
    t.muted = QColor(0x8592A0);
    t.serving = {QColor(0x34A98A), QColor(0x4CC3A2)};
    t.caution = {QColor(0xFFD98A), QColor(0xFFD98A)};
    t.danger = {QColor(0xF25022), QColor(0xFF8A6B)};
    t.probing = {QColor(0xA6D5FF), QColor(0xA6D5FF)};
    t.drill = {QColor(0xB860F0), QColor(0xD6A0F7)};
    t.accent = QColor(0x6CB2FF);
    t.onAccent = QColor(0x0F1318);
    t.trackIdle = QColor(0x6B7A8B);
    t.trackLive = QColor(0xA9B4C0);
    t.train = QColor(0xE6EBF1);
    t.onTrain = QColor(0x0F1318);
    t.onCaution = QColor(0x0F1318);
    t.series = {QColor(0x71A0FF), QColor(0x407B72), QColor(0xAFA016),
                QColor(0x8B4DBD), QColor(0xA05928), QColor(0xE8E8E9)};
    t.seriesOther = QColor(0x8592A0);
    return t;
}

Tokens makeLight()
{
    Tokens t;
    t.isDark = false;
    t.window = QColor(0xF4F6F8);
    t.panel = QColor(0xFFFFFF);
    t.raised = QColor(0xFFFFFF);
    t.inset = QColor(0xFAFBFC);
    t.hairline = QColor(0xE1E6EB);
    t.plateBorder = QColor(0xB9C3CD);
    t.controlBorder = QColor(0x7A8692);
    t.text = QColor(0x161B22);
    t.secondary = QColor(0x47525E);
    t.muted = QColor(0x626D79);
    t.serving = {QColor(0x1F7A5E), QColor(0x1F7A5E)};
    t.caution = {QColor(0xA6811A), QColor(0x765900)};
    t.danger = {QColor(0xA31A00), QColor(0xA31A00)};
    t.probing = {QColor(0x4A86F0), QColor(0x1F5FCC)};
    t.drill = {QColor(0x702C7C), QColor(0x702C7C)};
    t.accent = QColor(0x0B62C4);
    t.onAccent = QColor(0xFFFFFF);
    t.trackIdle = QColor(0x7A8692);
    t.trackLive = QColor(0x47525E);
    t.train = QColor(0x161B22);
    t.onTrain = QColor(0xFFFFFF);
    t.onCaution = QColor(0x0F1318);
    t.series = {QColor(0x2744C2), QColor(0x088891), QColor(0x91913B),
                QColor(0xB077F8), QColor(0x944700), QColor(0x3C3D3D)};
    t.seriesOther = QColor(0x7A8692);
    return t;
}

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor &c)
{
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}

} // namespace

const Tokens &darkTokens()
{
    static const Tokens tokens = makeDark();
    return tokens;
}

const Tokens &lightTokens()
{
    static const Tokens tokens = makeLight();
    return tokens;
}

const Tokens &tokensFor(const QPalette &palette)
{
    return palette.color(QPalette::Active, QPalette::Window).lightness() < 128 ? darkTokens()
                                                                               : lightTokens();
}

QPalette paletteOf(const Tokens &t)
{
    QPalette p;
    p.setColor(QPalette::Window, t.window);
    p.setColor(QPalette::WindowText, t.text);
    p.setColor(QPalette::Base, t.inset);
    p.setColor(QPalette::AlternateBase, t.panel);
    p.setColor(QPalette::Text, t.text);
    p.setColor(QPalette::PlaceholderText, t.muted);
    p.setColor(QPalette::Button, t.raised);
    p.setColor(QPalette::ButtonText, t.text);
    p.setColor(QPalette::BrightText, t.danger.text);
    p.setColor(QPalette::ToolTipBase, t.raised);
    p.setColor(QPalette::ToolTipText, t.text);
    p.setColor(QPalette::Highlight, mix(t.panel, t.accent, t.isDark ? 0.28 : 0.18));
    p.setColor(QPalette::HighlightedText, t.text);
    p.setColor(QPalette::Link, t.accent);
    p.setColor(QPalette::LinkVisited, t.accent);
    p.setColor(QPalette::Light, t.raised);
    p.setColor(QPalette::Midlight, t.hairline);
    p.setColor(QPalette::Mid, t.plateBorder);
    p.setColor(QPalette::Dark, t.controlBorder);
    p.setColor(QPalette::Shadow, t.hairline);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, t.muted);
    p.setColor(QPalette::Disabled, QPalette::Highlight, t.hairline);
    p.setColor(QPalette::Disabled, QPalette::HighlightedText, t.muted);
    return p;
}

QColor mix(const QColor &under, const QColor &over, double share)
{
    const auto one = [share](int a, int b) { return int(std::lround(a + (b - a) * share)); };
    return QColor(one(under.red(), over.red()), one(under.green(), over.green()),
                  one(under.blue(), over.blue()));
}

double contrast(const QColor &a, const QColor &b)
{
    const double x = luminance(a);
    const double y = luminance(b);
    return (qMax(x, y) + 0.05) / (qMin(x, y) + 0.05);
}

} // namespace sb::kit
