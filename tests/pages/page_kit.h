// A context for pages under test: a fake link and settings of their own.
#pragma once

#include "link/fake_link.h"
#include "pages/page.h"

#include <QSettings>
#include <QTemporaryDir>

namespace sb::test {

inline FakeLink &pageLink()
{
    static FakeLink link;
    return link;
}

inline pages::PageContext context()
{
    static QTemporaryDir folder;
    static QSettings settings(folder.filePath(QStringLiteral("console.ini")), QSettings::IniFormat);
    return {pageLink(), settings};
}

} // namespace sb::test
