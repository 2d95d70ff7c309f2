#include "pages/board/track_board.h"

#include "kit/fonts.h"
#include "kit/plain_label.h"
#include "pages/board/track_board_accessible.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <QAccessible>
#include <QFontInfo>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QToolTip>

#include <cmath>

namespace sb::pages {

using models::BoardState;

namespace {
constexpr int kFrameMs = 33;
constexpr int kWaitFrameMs = 100;
constexpr int kMinimumHeight = 180;
constexpr int kNumbersMs = 250; // numbers alone are drawn anew this often at most
} // namespace

TrackBoard::TrackBoard(QWidget *parent)
    : QWidget(parent)
{
    installTrackBoardAccessibility();
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Track diagram"));
    setAccessibleDescription(
        tr("Clients, chains and providers, and the requests between them. Arrow keys move between "
           "plates; B shows the same as a table."));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_options.scale = std::max(1.0, kit::font(kit::Type::Body).pixelSize() / 13.0);
    m_clock.start();
}

qint64 TrackBoard::nowWallMs() const
{
    return m_state.wallMs() + (nowMs() - m_stateAt);
}

void TrackBoard::setState(const BoardState &state)
{
    const bool isSamePlates = state.clients() == m_state.clients()
        && state.chains() == m_state.chains() && state.providers() == m_state.providers();
    const bool isSameRoutes = state.clientRoutes() == m_state.clientRoutes()
        && state.targetRoutes() == m_state.targetRoutes();
    m_state = state;
    m_stateAt = nowMs();
    // States show at once; numbers, which move with every frame under load, a few times a second.
    const QByteArray looks = look();
    const bool isNumbersOnly = looks == m_look && isVisible();
    m_look = looks;
    m_isLate |= !isSamePlates || !isSameRoutes;
    if (isNumbersOnly && nowMs() - m_stillAt < kNumbersMs) {
        if (m_isLate && !m_lateTimer.isActive())
            m_lateTimer.start(int(kNumbersMs - (nowMs() - m_stillAt)), this);
    } else {
        catchUp();
    }
    m_yard.take(m_state, nowMs());
    if (!isSamePlates)
        tellStates();
    advanceTrains();
}

void TrackBoard::catchUp()
{
    m_lateTimer.stop();
    if (m_isLate)
        relayout();
    m_isLate = false;
    refreshTexts();
}

// What the shape of the picture depends on: which plates there are, their states and tracks.
QByteArray TrackBoard::look() const
{
    QByteArray out;
    const auto add = [&out](int value) { out.append(char(value)); };
    const auto name = [&out](const QString &text) { out.append(text.toUtf8()).append('\0'); };
    for (const auto &client : m_state.clients()) {
        name(client.id.text());
        name(client.label);
        add(int(client.light));
    }
    for (const auto &chain : m_state.chains()) {
        name(chain.id.text());
        add(int(chain.light));
        add(chain.heldRank);
        for (const auto &row : chain.targets) {
            name(row.providerId.text());
            name(row.model);
            add(int(row.mark) * 8 + int(row.isSkipped));
            add(row.rank);
            add(int(row.reason));
        }
    }
    for (const auto &provider : m_state.providers()) {
        name(provider.id.text());
        name(provider.label);
        add(int(provider.state));
        add(std::min(provider.drills, 100));
    }
    for (const auto &route : m_state.clientRoutes()) {
        add(route.client);
        add(route.chain);
        add(int(route.state));
    }
    for (const auto &route : m_state.targetRoutes()) {
        add(route.provider);
        add(int(route.state));
    }
    return out;
}

void TrackBoard::setNarrow(bool isNarrow)
{
    if (m_options.isNarrow == isNarrow)
        return;
    m_options.isNarrow = isNarrow;
    relayout();
}

// Off by the setting, or where the desktop wants no animations.
void TrackBoard::setMotion(bool isOn)
{
    m_isMotionWanted = isOn;
    const bool isDesktopMoving
        = style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, this) > 0;
    m_yard.setMotion(isOn && isDesktopMoving);
    advanceTrains();
    update();
}

void TrackBoard::relayout()
{
    m_pills.clear(); // they point into the layout
    QStringList providers;
    for (const int i : providerOrder(m_state, m_options.providers))
        providers += m_state.providers()[i].id.text();
    m_options.providers = providers;
    m_layout = layOut(m_state, size(), m_options);
    for (size_t c = 0; c < kColumns; ++c)
        m_options.scroll[c] = std::clamp(m_options.scroll[c], 0, m_layout.maxScroll[c]);
    dropStill();
    advanceTrains();
    const int height = sb::pages::preferredHeight(m_state, m_options);
    if (height != m_preferredHeight) {
        m_preferredHeight = height;
        updateGeometry();
        emit preferredHeightChanged();
    }
}

void TrackBoard::refreshTexts()
{
    PlateTexts texts = plateTexts(m_state, nowWallMs());
    if (texts == m_texts)
        return;
    m_texts = std::move(texts);
    dropStill();
}

void TrackBoard::dropStill()
{
    m_isStillGood = false;
    update();
}

// 30 frames a second while something moves, ten while a train only counts its seconds.
void TrackBoard::runTimers()
{
    const bool isMoving = m_yard.isMoving(nowMs());
    const int interval = !isVisible() || m_yard.isEmpty() ? 0
        : isMoving                                        ? kFrameMs
        : m_yard.isWaiting()                              ? kWaitFrameMs
                                                          : 0;
    if (interval != m_frameInterval) {
        m_frameInterval = interval;
        if (interval > 0)
            m_frameTimer.start(interval, Qt::PreciseTimer, this);
        else
            m_frameTimer.stop();
    }
    const bool isCounting = isVisible() && m_state.isCounting();
    if (isCounting && !m_secondTimer.isActive())
        m_secondTimer.start(1000, Qt::CoarseTimer, this);
    else if (!isCounting)
        m_secondTimer.stop();
}

void TrackBoard::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_frameTimer.timerId())
        advanceTrains();
    else if (event->timerId() == m_lateTimer.timerId()) {
        catchUp();
    } else if (event->timerId() == m_secondTimer.timerId()) {
        refreshTexts();
        advanceTrains(); // marks end
    } else {
        QWidget::timerEvent(event);
    }
}

// Where the pills are now; only where they were and are is painted.
void TrackBoard::advanceTrains()
{
    const auto cover = [this] {
        QRegion region;
        for (const Pill &pill : std::as_const(m_pills)) {
            region += QRectF(pill.center.x() - pill.width / 2, pill.center.y(), pill.width, 0)
                          .adjusted(-3, -12, 3, 12)
                          .toAlignedRect();
        }
        return region;
    };
    QRegion dirty = cover();
    if (m_yard.isEmpty()) {
        m_pills.clear();
    } else {
        const QFontMetricsF metrics(kit::font(kit::Type::MonoSmallStrong));
        m_pills = m_yard.pills(m_layout, nowMs(), nowWallMs(), [&](const QString &text) {
            return metrics.horizontalAdvance(text);
        });
    }
    dirty += cover();
    if (isVisible() && !dirty.isEmpty())
        update(dirty);
    runTimers();
}

void TrackBoard::paintStill()
{
    const double ratio = devicePixelRatioF();
    const QSize pixels(int(std::ceil(width() * ratio)), int(std::ceil(height() * ratio)));
    if (m_still.size() != pixels)
        m_still = QPixmap(pixels);
    m_still.setDevicePixelRatio(ratio);
    const int focused = hasFocus() ? plateOf(m_focused) : -1;
    const int hovered = plateOf(m_hovered);
    const int lit = hovered >= 0 ? hovered : m_isLit ? focused : -1;
    m_spotlight = lit >= 0 ? spotlightOn(m_layout, m_layout.plates[lit]) : Spotlight();
    QPainter painter(&m_still);
    const kit::Tokens &tokens = kit::tokensFor(palette());
    const BoardPainter board(m_state, m_layout, m_texts, tokens, m_spotlight);
    board.paintStill(painter, size());
    const int entrance
        = m_isEditing && !m_entrance.isEmpty() ? plateOf(u"1:" + m_entrance.text()) : -1;
    if (entrance >= 0)
        board.paintEntrance(painter, m_layout.plates[entrance]);
    if (focused >= 0) {
        const PlateBox &box = m_layout.plates[focused];
        const int row = currentRow();
        if (row >= 0 && row < box.rows.size())
            board.paintRowFocus(painter, box.rows[row]);
        else
            board.paintFocus(painter, box);
    }
    m_isStillGood = true;
    m_stillAt = nowMs();
    ++m_stillPaints;
}

void TrackBoard::paintEvent(QPaintEvent *event)
{
    const bool isOtherScreen = m_still.devicePixelRatio() != devicePixelRatioF();
    if (!m_isStillGood || isOtherScreen)
        paintStill();
    QPainter painter(this);
    const double ratio = m_still.devicePixelRatio();
    for (const QRect &part : event->region()) {
        painter.drawPixmap(QRectF(part), m_still,
                           QRectF(part.x() * ratio, part.y() * ratio, part.width() * ratio,
                                  part.height() * ratio));
    }
    if (m_pills.isEmpty())
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setLayoutDirection(Qt::LeftToRight); // "82 t/s" reads the same everywhere
    BoardPainter(m_state, m_layout, m_texts, kit::tokensFor(palette()), m_spotlight)
        .paintPills(painter, m_pills);
}

void TrackBoard::resizeEvent(QResizeEvent *)
{
    relayout();
}

void TrackBoard::showEvent(QShowEvent *)
{
    refreshTexts();
    advanceTrains();
}

void TrackBoard::hideEvent(QHideEvent *)
{
    m_frameTimer.stop();
    m_frameInterval = 0;
    m_secondTimer.stop();
    catchUp();
}

void TrackBoard::changeEvent(QEvent *event)
{
    const auto type = event->type();
    if (type == QEvent::FontChange || type == QEvent::ApplicationFontChange) {
        m_options.scale = std::max(1.0, kit::font(kit::Type::Body).pixelSize() / 13.0);
        relayout();
    } else if (type == QEvent::PaletteChange || type == QEvent::LanguageChange
               || type == QEvent::StyleChange) {
        setMotion(m_isMotionWanted);
        dropStill();
    }
    QWidget::changeEvent(event);
}

QSize TrackBoard::sizeHint() const
{
    return {m_options.isNarrow ? 760 : 1072, sb::pages::preferredHeight(m_state, m_options)};
}

QSize TrackBoard::minimumSizeHint() const
{
    return {620, kMinimumHeight};
}

// ---- plates ----

QRect TrackBoard::plateRect(int plate) const
{
    return plate >= 0 && plate < plateCount() ? m_layout.plates[plate].rect.toAlignedRect()
                                              : QRect();
}

QString TrackBoard::plateName(int plate) const
{
    if (plate < 0 || plate >= plateCount())
        return {};
    const PlateBox &box = m_layout.plates[plate];
    if (box.folded > 0) {
        switch (box.column) {
        case Column::Clients:
            return tr("%n idle client(s), folded", nullptr, box.folded);
        case Column::Chains:
            return tr("%n idle chain(s), folded", nullptr, box.folded);
        case Column::Providers:
            return tr("%n idle provider(s), folded", nullptr, box.folded);
        }
    }
    switch (box.column) {
    case Column::Clients:
        return tr("%1, client, %2")
            .arg(words::visible(m_state.clients()[box.index].label),
                 m_texts.clients.value(box.index));
    case Column::Chains: {
        const auto &chain = m_state.chains()[box.index];
        const QString held = chain.heldRank > 0
            ? tr("held on target %1 by you").arg(words::count(chain.heldRank))
            : words::chain(chain.state);
        return tr("%1, chain, %2, %3")
            .arg(chainLabel(chain), held, words::perMinute(chain.perMinute));
    }
    case Column::Providers: {
        const auto &provider = m_state.providers()[box.index];
        const QString state = words::provider(provider.state);
        QString name = tr("%1, provider, %2").arg(words::visible(provider.label), state);
        if (provider.attempts5m > 0) {
            name = tr("%1, provider, %2, %3 errors")
                       .arg(words::visible(provider.label), state,
                            words::percent(double(provider.failures5m) / provider.attempts5m));
        }
        return provider.drills > 0
            ? tr("%1, drill running", "a provider's name and state").arg(name)
            : name;
    }
    }
    return {};
}

QString TrackBoard::plateReason(int plate) const
{
    if (plate < 0 || plate >= plateCount())
        return {};
    const PlateBox &box = m_layout.plates[plate];
    if (box.index < 0)
        return tr("Press Enter to show them.");
    switch (box.column) {
    case Column::Clients:
        return {};
    case Column::Chains: {
        QStringList targets;
        const auto &chain = m_state.chains()[box.index];
        if (const QStringList held = m_texts.holds.value(box.index); !held.isEmpty())
            targets.append(held.constFirst());
        for (int i = 0; i < chain.targets.size(); ++i) {
            targets.append(tr("%1. %2 / %3", "rank. provider / model")
                               .arg(words::count(i + 1),
                                    words::visible(chain.targets[i].providerLabel),
                                    words::visible(chain.targets[i].model)));
        }
        return targets.join(u'\n');
    }
    case Column::Providers:
        return words::providerReason(m_state.providers()[box.index].view(), nowWallMs());
    }
    return {};
}

int TrackBoard::plateAt(const QPoint &point) const
{
    const QRectF view(0, geometry::kTop - 8, width(), height());
    for (int i = 0; i < plateCount(); ++i) {
        if (view.contains(point) && m_layout.plates[i].rect.contains(point))
            return i;
    }
    return -1;
}

int TrackBoard::plateOf(const QString &key) const
{
    if (key.isEmpty())
        return -1;
    for (int i = 0; i < plateCount(); ++i) {
        if (m_layout.plates[i].key() == key)
            return i;
    }
    return -1;
}

int TrackBoard::currentPlate() const
{
    return plateOf(m_focused);
}

void TrackBoard::setCurrentPlate(int plate)
{
    focusPlate(plate);
}

void TrackBoard::showPlate(Column column, int index)
{
    if (!m_layout.plate(column, index)) {
        m_options.isUnfolded[size_t(column)] = true;
        relayout();
    }
    for (int i = 0; i < plateCount(); ++i) {
        if (m_layout.plates[i].column == column && m_layout.plates[i].index == index)
            focusPlate(i);
    }
}

void TrackBoard::focusPlate(int plate)
{
    if (plate < 0 || plate >= plateCount())
        return;
    if (m_focused != m_layout.plates[plate].key())
        m_row = -1;
    m_focused = m_layout.plates[plate].key();
    m_isLit = true;
    scrollTo(plate);
    dropStill();
    tellFocus();
}

bool TrackBoard::putOutLight()
{
    if (!m_isLit || !hasFocus() || currentPlate() < 0)
        return false;
    m_isLit = false;
    dropStill();
    return true;
}

// ---- edit mode ----

void TrackBoard::setEditing(bool isOn)
{
    m_isEditing = isOn;
    m_row = -1;
    m_entrance = ChainId();
    dropStill();
}

void TrackBoard::setEntrance(const ChainId &chain)
{
    m_entrance = chain;
    dropStill();
}

int TrackBoard::currentRow() const
{
    const int plate = currentPlate();
    const bool isChain = plate >= 0 && m_layout.plates[plate].column == Column::Chains;
    return m_isEditing && isChain && m_row < m_layout.plates[plate].rows.size() ? m_row : -1;
}

void TrackBoard::setCurrentRow(int row)
{
    m_row = row;
    dropStill();
}

// True when the key was the edit mode's.
bool TrackBoard::editKey(QKeyEvent *event)
{
    const int plate = currentPlate();
    if (!m_isEditing || plate < 0 || m_layout.plates[plate].column != Column::Chains
        || m_layout.plates[plate].index < 0)
        return false;
    const int chain = m_layout.plates[plate].index;
    const int row = currentRow();
    const bool isUp = event->key() == Qt::Key_Up;
    if (event->key() == Qt::Key_Delete && row >= 0) {
        emit rowRemoveAsked(chain, row);
        return true;
    }
    if (!isUp && event->key() != Qt::Key_Down)
        return false;
    if (event->modifiers() & Qt::AltModifier) {
        if (row >= 0)
            emit rowMoveAsked(chain, row, isUp ? -1 : 1);
        return true;
    }
    const int next = row + (isUp ? -1 : 1);
    if (next < -1 || next >= m_layout.plates[plate].rows.size())
        return false; // on to the next plate
    setCurrentRow(next);
    return true;
}

// Rates change all the time; assistive tools hear of a plate when its state does.
void TrackBoard::tellStates()
{
    QByteArray states;
    for (const auto &client : m_state.clients())
        states.append(char(client.light));
    for (const auto &chain : m_state.chains())
        states.append(char(chain.state)).append(char(chain.heldRank));
    for (const auto &provider : m_state.providers())
        states.append(char(provider.state)).append(char(std::min(provider.drills, 9)));
    if (states == m_toldStates)
        return;
    m_toldStates = states;
    plateNamesChanged(this);
}

void TrackBoard::tellFocus()
{
    const int plate = currentPlate();
    if (!hasFocus() || plate < 0)
        return;
    QAccessibleEvent event(this, QAccessible::Focus);
    event.setChild(plate);
    QAccessible::updateAccessibility(&event);
}

void TrackBoard::scrollTo(int plate)
{
    const PlateBox box = m_layout.plates[plate];
    const auto at = size_t(box.column);
    const QRectF &view = m_layout.columns[at];
    int scroll = m_options.scroll[at];
    if (box.rect.top() < view.top())
        scroll -= int(std::ceil(view.top() - box.rect.top()));
    else if (box.rect.bottom() > view.bottom())
        scroll += int(std::ceil(box.rect.bottom() - view.bottom()));
    scroll = std::clamp(scroll, 0, m_layout.maxScroll[at]);
    if (scroll == m_options.scroll[at])
        return;
    m_options.scroll[at] = scroll;
    relayout();
}

std::pair<Column, int> TrackBoard::plateEntry(int plate) const
{
    return plate >= 0 && plate < plateCount()
        ? std::pair(m_layout.plates[plate].column, m_layout.plates[plate].index)
        : std::pair(Column::Clients, -1);
}

ExchangeId TrackBoard::trainAt(const QPoint &point) const
{
    for (const Pill &pill : m_pills) {
        // At least 24 px to click, though the pill is 16 px high.
        const QRectF rect = QRectF(pill.center.x() - pill.width / 2, pill.center.y(), pill.width, 0)
                                .adjusted(-2, -12, 2, 12);
        if (!pill.id.isNull() && rect.contains(point))
            return pill.id;
    }
    return {};
}

void TrackBoard::activate(int plate)
{
    if (plate < 0 || plate >= plateCount())
        return;
    const PlateBox box = m_layout.plates[plate];
    if (box.folded > 0) {
        m_options.isUnfolded[size_t(box.column)] = true;
        relayout();
        focusPlate(std::min(plate, plateCount() - 1));
        plateNamesChanged(this);
        return;
    }
    emit plateActivated(box.column, box.index);
}

// ---- events ----

void TrackBoard::moveFocus(int key)
{
    const int current = currentPlate();
    if (plateCount() == 0)
        return;
    if (current < 0) {
        focusPlate(0);
        return;
    }
    const PlateBox &from = m_layout.plates[current];
    if (key == Qt::Key_Up || key == Qt::Key_Down) {
        const int next = current + (key == Qt::Key_Down ? 1 : -1);
        if (next >= 0 && next < plateCount() && m_layout.plates[next].column == from.column)
            focusPlate(next);
        return;
    }
    const bool isForward = (key == Qt::Key_Right) == (layoutDirection() == Qt::LeftToRight);
    for (int column = int(from.column) + (isForward ? 1 : -1); column >= 0 && column < kColumns;
         column += isForward ? 1 : -1) {
        int best = -1;
        double nearest = 0;
        for (int i = 0; i < plateCount(); ++i) {
            const PlateBox &box = m_layout.plates[i];
            const double away = std::abs(box.rect.center().y() - from.rect.center().y());
            if (int(box.column) == column && (best < 0 || away < nearest)) {
                best = i;
                nearest = away;
            }
        }
        if (best >= 0) {
            focusPlate(best);
            return;
        }
    }
}

void TrackBoard::keyPressEvent(QKeyEvent *event)
{
    if (editKey(event))
        return;
    switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Left:
    case Qt::Key_Right:
        if (event->modifiers() & (Qt::AltModifier | Qt::ControlModifier))
            QWidget::keyPressEvent(event);
        else
            moveFocus(event->key());
        return;
    case Qt::Key_Menu:
        askMenu();
        return;
    case Qt::Key_F10:
        if (event->modifiers() == Qt::ShiftModifier)
            askMenu();
        else
            QWidget::keyPressEvent(event);
        return;
    case Qt::Key_Home:
        focusPlate(0);
        return;
    case Qt::Key_End:
        focusPlate(plateCount() - 1);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        activate(currentPlate());
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void TrackBoard::focusInEvent(QFocusEvent *event)
{
    const bool isByKey = event->reason() == Qt::TabFocusReason
        || event->reason() == Qt::BacktabFocusReason || event->reason() == Qt::ShortcutFocusReason;
    if (isByKey && currentPlate() < 0 && plateCount() > 0)
        m_focused = m_layout.plates.constFirst().key();
    m_isLit = isByKey; // the pointer lights what it is over
    dropStill();
    tellFocus();
}

void TrackBoard::focusOutEvent(QFocusEvent *)
{
    dropStill();
}

void TrackBoard::mouseMoveEvent(QMouseEvent *event)
{
    const QPoint point = event->position().toPoint();
    const int plate = plateAt(point);
    const bool isOver = plate >= 0 || !trainAt(point).isNull();
    setCursor(isOver ? Qt::PointingHandCursor : Qt::ArrowCursor);
    const QString key = plate >= 0 ? m_layout.plates[plate].key() : QString();
    if (key == m_hovered)
        return;
    m_hovered = key;
    dropStill();
}

void TrackBoard::askMenu()
{
    const int plate = currentPlate();
    if (plate < 0)
        return;
    const PlateBox &box = m_layout.plates[plate];
    const QPoint at = mapToGlobal(plateRect(plate).bottomLeft());
    emit plateMenuRequested(box.column, box.index, at);
}

void TrackBoard::contextMenuEvent(QContextMenuEvent *event)
{
    if (event->reason() != QContextMenuEvent::Mouse)
        return; // the keys are heard in keyPressEvent(), on every platform alike
    const ExchangeId train = trainAt(event->pos());
    const int plate = plateAt(event->pos());
    if (plate >= 0) {
        focusPlate(plate);
        m_isLit = false;
        emit plateMenuRequested(m_layout.plates[plate].column, m_layout.plates[plate].index,
                                event->globalPos());
    } else if (!train.isNull()) {
        emit trainMenuRequested(train, event->globalPos());
    }
}

void TrackBoard::mousePressEvent(QMouseEvent *event)
{
    m_pressedTrain
        = event->button() == Qt::LeftButton ? trainAt(event->position().toPoint()) : ExchangeId();
    const int plate = plateAt(event->position().toPoint());
    m_pressed = plate >= 0 && event->button() == Qt::LeftButton ? m_layout.plates[plate].key()
                                                                : QString();
}

void TrackBoard::mouseReleaseEvent(QMouseEvent *event)
{
    const int plate = plateAt(event->position().toPoint());
    if (plate >= 0 && !m_pressed.isEmpty() && m_layout.plates[plate].key() == m_pressed) {
        focusPlate(plate);
        m_isLit = false;
        const QList<QRectF> rows = m_layout.plates[plate].rows;
        for (int i = 0; i < rows.size() && m_isEditing; ++i) {
            if (rows[i].contains(event->position()))
                setCurrentRow(i);
        }
        activate(plate);
    } else if (plate < 0 && !m_pressedTrain.isNull()
               && trainAt(event->position().toPoint()) == m_pressedTrain) {
        emit trainActivated(m_pressedTrain);
    }
    m_pressed.clear();
    m_pressedTrain = {};
}

void TrackBoard::leaveEvent(QEvent *)
{
    if (m_hovered.isEmpty())
        return;
    m_hovered.clear();
    dropStill();
}

void TrackBoard::wheelEvent(QWheelEvent *event)
{
    for (size_t c = 0; c < kColumns; ++c) {
        const QRectF &column = m_layout.columns[c];
        const double x = event->position().x();
        if (x < column.left() || x > column.right() + 16 || m_layout.maxScroll[c] <= 0)
            continue;
        const int step
            = event->pixelDelta().isNull() ? event->angleDelta().y() / 2 : event->pixelDelta().y();
        m_options.scroll[c] = std::clamp(m_options.scroll[c] - step, 0, m_layout.maxScroll[c]);
        relayout();
        event->accept();
        return;
    }
    event->ignore();
}

bool TrackBoard::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int plate = plateAt(help->pos());
        if (plate < 0) {
            QToolTip::hideText();
            event->ignore();
            return true;
        }
        const QString reason = plateReason(plate);
        const QString name = plateName(plate);
        QToolTip::showText(help->globalPos(),
                           kit::plainToolTip(reason.isEmpty() ? name : name + u'\n' + reason), this,
                           plateRect(plate));
        return true;
    }
    return QWidget::event(event);
}

} // namespace sb::pages
