// The translations carried in the program.
#pragma once

class QCoreApplication;

namespace sb::words {

// English first, which has the plural forms; on top the user's language where there is one. Once,
// before the first text is made.
void installCatalogues(QCoreApplication &application);

} // namespace sb::words
