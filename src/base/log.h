// The log: one JSON object per line, to a rotated file and stderr; secrets and control characters never pass.
#pragma once

#include "base/secret.h"

#include <QLoggingCategory>
#include <QString>

namespace sb {

Q_DECLARE_LOGGING_CATEGORY(lcEngine)
Q_DECLARE_LOGGING_CATEGORY(lcHttp)
Q_DECLARE_LOGGING_CATEGORY(lcStore)
Q_DECLARE_LOGGING_CATEGORY(lcConfig)
Q_DECLARE_LOGGING_CATEGORY(lcUi)

} // namespace sb
