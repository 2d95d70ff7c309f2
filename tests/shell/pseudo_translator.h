// Every text accented, bracketed and 40 % longer: what a translation can do to a layout.
#pragma once

#include <QTranslator>

namespace sb::test {

class PseudoTranslator final : public QTranslator {
public:
    using QTranslator::QTranslator;

    bool isEmpty() const override { return false; }
    QString translate(const char *, const char *source, const char *, int) const override
    {
        const QString text = QString::fromUtf8(source);
        QString out(QChar(u'⟦'));
        for (qsizetype i = 0; i < text.size(); ++i) {
            // Places stay as they are: %1, %L1, %n.
            if (text[i] == u'%' && i + 1 < text.size()) {
                out += text[i++];
                out += text[i];
                if (text[i] == u'L' && i + 1 < text.size())
                    out += text[++i];
                continue;
            }
            out += accented(text[i]);
        }
        // Words of a usual length, so that lines break as they would.
        for (int i = 1; i <= text.size() * 2 / 5; ++i)
            out += i % 8 == 0 ? QChar(u' ') : QChar(u'~');
        return out + QChar(u'⟧');
    }

private:
    static QChar accented(QChar c)
    {
        static const QString plain = QStringLiteral("aeiounyAEIOUNYcsz");
        static const QString marked = QStringLiteral("áéíóúñýÁÉÍÓÚÑÝçšž");
        const qsizetype at = plain.indexOf(c);
        return at < 0 ? c : marked[at];
    }
};

} // namespace sb::test
