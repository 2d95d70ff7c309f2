#include "pages/chains/draft_desk.h"

#include <QSettings>
#include <QTimer>

#include <algorithm>

namespace sb::pages {

namespace {
const QString kKept = QStringLiteral("chains/draft");
constexpr int kTakeBackMs = 10'000; // [console §3.5]
} // namespace

DraftDesk::DraftDesk(link::EngineLink &link, models::ChainDrafts &drafts, QSettings &settings,
                     QObject *parent)
    : QObject(parent)
    , m_link(link)
    , m_drafts(drafts)
    , m_settings(settings)
    , m_takeBack(new QTimer(this))
{
    m_takeBack->setSingleShot(true);
    m_takeBack->setInterval(kTakeBackMs);
    connect(m_takeBack, &QTimer::timeout, this, [this] {
        m_before.clear();
        emit changed();
    });
    connect(this, &DraftDesk::changed, this,
            [this] { m_drafts.setTakeBack(canTakeBack() ? m_applied : 0); });
    connect(&m_drafts, &models::ChainDrafts::changed, this, [this] {
        const QByteArray kept = m_drafts.save();
        if (!kept.isEmpty())
            m_settings.setValue(kKept, kept);
        else if (m_hasRestored)
            m_settings.remove(kKept);
        check();
    });
}

void DraftDesk::takeFrame(const FramePtr &frame)
{
    if (frame->revision == m_seen && m_drafts.hasBase())
        return;
    m_seen = frame->revision;
    load();
}

void DraftDesk::load()
{
    const config::SnapshotPtr running = m_link.setup().config();
    const quint32 revision = running ? running->revision : 0;
    m_link.setup().configText().then(this, [this, revision](const Result<QByteArray> &text) {
        m_loadError = text ? QString() : text.error().detail;
        if (!text) {
            emit changed();
            return;
        }
        m_drafts.setBase(*text, revision);
        if (!m_hasRestored) {
            const QByteArray kept = m_settings.value(kKept).toByteArray();
            m_hasRestored = true;
            if (!kept.isEmpty())
                m_drafts.restore(kept);
        }
        emit changed();
    });
}

void DraftDesk::check()
{
    const quint64 number = ++m_checkNumber;
    const Result<QByteArray> text = m_drafts.text();
    if (!m_drafts.hasChanges() || !text) {
        m_problems.clear();
        emit changed();
        return;
    }
    m_link.setup().checkText(*text).then(this,
                                         [this, number](const QList<config::Problem> &problems) {
                                             if (number != m_checkNumber)
                                                 return;
                                             m_problems = problems;
                                             emit changed();
                                         });
}

bool DraftDesk::hasErrors() const
{
    return std::any_of(m_problems.cbegin(), m_problems.cend(), [](const config::Problem &problem) {
        return problem.severity == config::Problem::Severity::Error;
    });
}

void DraftDesk::apply(const QString &note)
{
    const Result<QByteArray> text = m_drafts.text();
    if (!text || !m_drafts.hasChanges() || m_isApplying || m_drafts.isOutdated() || hasErrors())
        return;
    m_isApplying = true;
    emit changed();
    const QByteArray before = m_drafts.baseText();
    m_link.setup()
        .applyText(*text, m_drafts.revision(), note)
        .then(this, [this, text = *text, before](const Result<quint32> &done) {
            m_isApplying = false;
            if (!done) {
                if (done.error().code == QStringLiteral("changed_meanwhile"))
                    load();
                emit changed();
                emit refused(done.error().code, done.error().detail);
                return;
            }
            m_before = before;
            m_applied = *done;
            m_seen = *done;
            m_takeBack->start();
            m_drafts.setBase(text, *done);
            emit changed();
            emit applied(*done);
        });
}

bool DraftDesk::canTakeBack() const
{
    return !m_before.isEmpty() && !m_isApplying;
}

void DraftDesk::takeBack(const QString &note)
{
    if (!canTakeBack())
        return;
    m_isApplying = true;
    m_takeBack->stop();
    emit changed();
    const QByteArray text = std::exchange(m_before, QByteArray());
    m_link.setup()
        .applyText(text, m_applied, note)
        .then(this, [this, text](const Result<quint32> &done) {
            m_isApplying = false;
            if (done) {
                m_seen = *done;
                m_drafts.setBase(text, *done);
            } else {
                load();
            }
            emit changed();
            if (done)
                emit takenBack(*done);
            else
                emit refused(done.error().code, done.error().detail);
        });
}

} // namespace sb::pages
