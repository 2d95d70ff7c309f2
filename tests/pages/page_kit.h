// A context for pages under test: a fake link and settings of their own.
#pragma once

#include "link/fake_link.h"
#include "models/chain_draft.h"
#include "pages/page.h"

#include <QSettings>
#include <QTemporaryDir>

namespace sb::test {

inline FakeLink &pageLink()
{
    static FakeLink link;
    return link;
}

// Shared by all pages of a test, as in the window.
inline models::ChainDrafts &pageDrafts()
{
    static models::ChainDrafts drafts;
    return drafts;
}

inline pages::PageContext context()
{
    static QTemporaryDir folder;
    static QSettings settings(folder.filePath(QStringLiteral("console.ini")), QSettings::IniFormat);
    return {pageLink(), settings, pageDrafts()};
}

} // namespace sb::test
