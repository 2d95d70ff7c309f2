#include "words/catalogues.h"

#include <QCoreApplication>
#include <QLocale>
#include <QTranslator>

namespace sb::words {

void installCatalogues(QCoreApplication &application)
{
    const QString folder = QStringLiteral(":/signalbox/translations");
    const QLocale english(QLocale::English, QLocale::UnitedStates);
    for (const QLocale &locale : {english, QLocale()}) {
        auto *translator = new QTranslator(&application);
        if (translator->load(locale, QStringLiteral("signalbox"), QStringLiteral("_"), folder))
            QCoreApplication::installTranslator(translator);
        else
            delete translator;
    }
}

} // namespace sb::words
