// Where the shared draft of chains meets the engine: what runs comes in, the draft is checked as
// it is edited, applied whole, taken back, and kept over a restart.
//
// Owned by the Chains page, which gets every frame; GUI thread. [console §3.5]
#pragma once

#include "link/engine_link.h"
#include "models/chain_draft.h"

#include <QObject>

class QSettings;
class QTimer;

namespace sb::pages {

class DraftDesk final : public QObject {
    Q_OBJECT
public:
    DraftDesk(link::EngineLink &link, models::ChainDrafts &drafts, QSettings &settings,
              QObject *parent);

    void takeFrame(const FramePtr &frame);
    // Why there is nothing to edit: the text could not be read. Empty when it could.
    const QString &loadError() const { return m_loadError; }
    void load();

    // Of the edited text; empty without changes.
    const QList<config::Problem> &problems() const { return m_problems; }
    bool hasErrors() const;
    bool isApplying() const { return m_isApplying; }
    void apply(const QString &note);
    // For 10 s after an apply the text before it can be put back by one step.
    bool canTakeBack() const;
    quint32 appliedRevision() const { return m_applied; }
    void takeBack(const QString &note);

signals:
    void changed(); // any of the above
    void applied(quint32 revision);
    void takenBack(quint32 revision);
    void refused(const QString &code, const QString &detail);

private:
    void check();

    link::EngineLink &m_link;
    models::ChainDrafts &m_drafts;
    QSettings &m_settings;
    quint32 m_seen = 0; // revision of the last base asked for
    quint64 m_checkNumber = 0; // answers to older texts are dropped
    QList<config::Problem> m_problems;
    QString m_loadError;
    bool m_isApplying = false;
    bool m_hasRestored = false;
    quint32 m_applied = 0;
    QByteArray m_before; // the text that was applied over
    QTimer *m_takeBack;
};

} // namespace sb::pages
