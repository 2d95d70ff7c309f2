#include "base/log.h"

namespace sb {

Q_LOGGING_CATEGORY(lcEngine, "signalbox.engine")
Q_LOGGING_CATEGORY(lcHttp, "signalbox.http")
Q_LOGGING_CATEGORY(lcStore, "signalbox.store")
Q_LOGGING_CATEGORY(lcConfig, "signalbox.config")
Q_LOGGING_CATEGORY(lcUi, "signalbox.ui")

} // namespace sb
