// Words for setting up: what was found, why something could not be used.
#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QString>

namespace sb::words {

// A whole sentence on why the engine refused or a provider did; `who`: the provider's label, may be
// empty.
QString setupError(const Error &error, const QString &who);
// "http://127.0.0.1:9001/v1" → "127.0.0.1:9001", for a label.
QString hostOf(const QByteArray &url);

} // namespace sb::words
