// What can be done with one request: copy it as code or JSON, send it again.
//
// Owned by the page, GUI thread. Bodies are asked from the engine only when needed and kept no
// longer than the copy takes. [console §3.2]
#pragma once

#include "models/request_model.h"
#include "words/request_code.h"

#include <QObject>

class QSettings;

namespace sb::link {
class EngineLink;
}

namespace sb::pages {

class RequestTools final : public QObject {
    Q_OBJECT
public:
    using Ptr = std::shared_ptr<const Exchange>;

    RequestTools(link::EngineLink &link, QSettings &settings, QObject *parent = nullptr);

    words::CodeFormat format() const { return m_format; } // the last one chosen, kept
    void copy(const Ptr &exchange); // in the last format
    void copyAs(words::CodeFormat format, const Ptr &exchange);
    void copyJson(const Ptr &exchange);
    void replay(const Ptr &exchange, const std::optional<TargetRef> &target);
    // Where a request could be sent: its own targets first, then those of all chains.
    QList<TargetRef> targetsFor(const Exchange &exchange) const;

signals:
    void copyRequested(const QString &text);
    void said(const QString &sentence);
    void replayed(const sb::ExchangeId &original, const sb::ExchangeId &replay);

private:
    void copyRecorded(words::CodeFormat format, const Ptr &exchange);
    void copyCode(words::CodeFormat format, const Exchange &exchange, const QByteArray &body);

    link::EngineLink &m_link;
    QSettings &m_settings;
    words::CodeFormat m_format = words::CodeFormat::Curl;
};

} // namespace sb::pages
