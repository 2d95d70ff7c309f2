// The strip on top of every page: state, address, and the numbers of the last five minutes, each a
// link to the page that explains it.
#pragma once

#include "kit/lamp.h"
#include "kit/plain_label.h"
#include "record/frame.h"

#include <QWidget>

class QHBoxLayout;
class QPushButton;

namespace sb::kit {

class CopyButton;
class LinkButton;

// 40 px. Shows what the last frame says and nothing of its own. Numbers give way from the right
// when there is no room; the tool tip keeps the whole line.
class StatusStrip final : public QWidget {
    Q_OBJECT
public:
    explicit StatusStrip(QWidget *parent = nullptr);

    // Of a gateway that is not there: no numbers, not even zeros.
    void setState(EngineState state);
    void setFrame(const Frame &frame);
    // Link lost: the last numbers stay, dimmed, with their time.
    void setStale(bool isStale, const QString &since = {});
    // Controls at the right end.
    void addControl(QWidget *control);
    // The whole line as text, as the tool tip and assistive tools have it.
    QString line() const;

    QSize minimumSizeHint() const override;

signals:
    // A number was chosen: the page that explains it, and what to show there.
    void pageAsked(const QString &page, const QString &query);
    void clearDrillsAsked();

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    enum Part { PerMinute, Duration, FirstToken, Errors, Today, kParts };

    void setPart(Part part, const QString &text);
    void setDrills(const QList<DrillView> &drills, qint64 nowWallMs);
    void setRecording(const RecordingView &recording, qint64 nowWallMs);
    void fit();

    QHBoxLayout *m_row;
    LampWidget *m_lamp;
    PlainLabel *m_word;
    PlainLabel *m_address;
    CopyButton *m_copy;
    QWidget *m_numbers; // holds the links; its width is what is left
    std::array<LinkButton *, kParts> m_parts{};
    LampWidget *m_recordingLamp;
    LinkButton *m_recording;
    PlainLabel *m_drills;
    QPushButton *m_clearDrills;
    PlainLabel *m_stale;
    QList<QWidget *> m_controls;
};

} // namespace sb::kit
