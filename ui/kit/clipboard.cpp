#include "kit/clipboard.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>
#include <QRegularExpression>

namespace sb::kit {

bool holdsClientKey(const QString &text)
{
    static const QRegularExpression key(QStringLiteral("sbx-[0-9A-Za-z]{43}"));
    return key.match(text).hasMatch();
}

void copyText(const QString &text)
{
    auto *data = new QMimeData; // the clipboard's from here
    data->setText(text);
    if (holdsClientKey(text))
        data->setData(QStringLiteral("x-kde-passwordManagerHint"), QByteArrayLiteral("secret"));
    QGuiApplication::clipboard()->setMimeData(data);
}

} // namespace sb::kit
