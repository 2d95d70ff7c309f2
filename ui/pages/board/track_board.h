// The live track diagram: clients, chains and providers as plates, routes as tracks, requests as
// trains.
//
// A plain widget, GUI thread, owned by the board page. What stands still is kept as a picture and
// made again only when it changed; trains are drawn above it, 30 times a second while one moves,
// ten times while one only waits, never while hidden or still. [console §3.1, §10]
#pragma once

#include "pages/board/board_painter.h"

#include <QBasicTimer>
#include <QElapsedTimer>
#include <QPixmap>
#include <QWidget>

namespace sb::pages {

class TrackBoard final : public QWidget {
    Q_OBJECT
public:
    explicit TrackBoard(QWidget *parent = nullptr);

    void setState(const models::BoardState &state);
    void setNarrow(bool isNarrow); // the window is below 1100 px
    void setMotion(bool isOn);
    // Edit mode: the keys also walk the rows of a chain, and its changes are asked for by signal.
    void setEditing(bool isOn);
    void setEntrance(const ChainId &chain); // the chain that was picked; empty = none
    int currentRow() const; // of the focused chain, -1 = its head
    void setCurrentRow(int row);

    bool isAnimating() const { return m_frameTimer.isActive(); }
    bool isTicking() const { return m_secondTimer.isActive(); }
    // How often the still picture was made; for tests of "nothing repaints when nothing changed".
    int stillPaints() const { return m_stillPaints; }

    // Plates in reading order, for the keyboard and screen readers.
    int plateCount() const { return int(m_layout.plates.size()); }
    QRect plateRect(int plate) const; // in this widget
    QString plateName(int plate) const; // "OpenAI, provider, degraded, 6.1% errors"
    QString plateReason(int plate) const; // whole sentence, may be empty
    int currentPlate() const; // -1 = none
    void setCurrentPlate(int plate);
    // Esc: the other routes are no longer dimmed for the focused plate. False: they were not.
    bool putOutLight();
    // Focuses the plate of that list entry, unfolding its column where it is folded away.
    void showPlate(Column column, int index);
    void activate(int plate);
    // The list entry a plate stands for; index -1 for a fold plate or none.
    std::pair<Column, int> plateEntry(int plate) const;
    // The request under a point, null where there is none.
    ExchangeId trainAt(const QPoint &point) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void preferredHeightChanged();
    void plateActivated(sb::pages::Column column, int index);
    void trainActivated(const sb::ExchangeId &id);
    // The menu key, Shift+F10 or the right button; `at` is global.
    void plateMenuRequested(sb::pages::Column column, int index, const QPoint &at);
    void trainMenuRequested(const sb::ExchangeId &id, const QPoint &at);
    void rowMoveAsked(int chain, int row, int by);
    void rowRemoveAsked(int chain, int row);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void changeEvent(QEvent *event) override;
    void timerEvent(QTimerEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    bool event(QEvent *event) override;

private:
    void relayout();
    void refreshTexts();
    void dropStill();
    void runTimers();
    void paintStill();
    QByteArray look() const;
    void catchUp();
    bool editKey(QKeyEvent *event);
    void advanceTrains();
    void askMenu();
    int plateAt(const QPoint &point) const;
    int plateOf(const QString &key) const;
    void focusPlate(int plate);
    void moveFocus(int key);
    void scrollTo(int plate);
    void tellFocus();
    void tellStates();
    qint64 nowMs() const { return m_clock.elapsed(); }
    qint64 nowWallMs() const;

    models::BoardState m_state;
    LayoutOptions m_options;
    TrackLayout m_layout;
    PlateTexts m_texts;
    Spotlight m_spotlight;
    TrainYard m_yard;
    QList<Pill> m_pills; // as last drawn
    bool m_isMotionWanted = true;
    QPixmap m_still;
    bool m_isStillGood = false;
    int m_stillPaints = 0;
    int m_preferredHeight = 0;
    QElapsedTimer m_clock;
    qint64 m_stateAt = 0; // nowMs() when the state came
    QBasicTimer m_frameTimer; // trains
    int m_frameInterval = 0;
    QBasicTimer m_secondTimer; // countdowns
    QString m_hovered; // keys, because indices move with the configuration
    QString m_focused;
    bool m_isLit = false; // the routes of the focused plate stand out: it was come to by key
    QString m_pressed;
    ExchangeId m_pressedTrain;
    QByteArray m_toldStates;
    bool m_isEditing = false;
    ChainId m_entrance;
    int m_row = -1;
    QByteArray m_look; // states of plates and routes, without their numbers
    qint64 m_stillAt = 0; // nowMs() when the still picture was made
    bool m_isLate = false; // the layout is older than the state
    QBasicTimer m_lateTimer; // numbers moved; the picture follows a little later
};

} // namespace sb::pages
