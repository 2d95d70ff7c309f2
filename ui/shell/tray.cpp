#include "shell/tray.h"

#include "kit/clipboard.h"
#include "kit/icons.h"
#include "kit/plain_label.h"
#include "words/format.h"
#include "words/names.h"
#include "words/states.h"

#include <QGuiApplication>
#include <QMenu>
#include <QPainter>
#include <QPalette>
#include <QSystemTrayIcon>

namespace sb::shell {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Tray)
};

constexpr Millis kHolds[]{Millis(600'000), Millis(3'600'000), Millis(0)};

QString holdText(Millis length)
{
    if (length == Millis(0))
        return Words::tr("Until released");
    return length < Millis(3'600'000) ? Words::tr("For 10 minutes") : Words::tr("For 1 hour");
}

// "coding: target 2, OpenAI / gpt-4o".
QString chainLine(const ChainView &chain, const words::Names &names)
{
    const int rank = chain.heldRank > 0 ? chain.heldRank : chain.lastServedRank;
    if (rank < 1 || rank > chain.targets.size())
        return Words::tr("%1: %2").arg(chain.id.text(), words::chain(chain.state));
    const ChainTargetView &target = chain.targets[rank - 1];
    return Words::tr("%1: target %2, %3")
        .arg(chain.id.text())
        .arg(rank)
        .arg(names.of(TargetRef{target.provider, target.model, {}}));
}

} // namespace

kit::Lamp trayLamp(const Frame &frame)
{
    if (frame.state != EngineState::Running)
        return kit::lampFor(frame.state);
    kit::Lamp worst = kit::Lamp::Serving;
    for (const ChainView &chain : frame.chains) {
        if (chain.state == ChainState::Failing)
            return kit::Lamp::Danger;
        if (chain.state == ChainState::FailedOver || chain.state == ChainState::Held)
            worst = kit::Lamp::Caution;
    }
    for (const BudgetView &budget : frame.budgets) {
        if (budget.isReached)
            return kit::Lamp::Danger;
        if (budget.isWarned)
            worst = kit::Lamp::Caution;
    }
    return worst;
}

QString trayLine(const Frame &frame)
{
    if (frame.state != EngineState::Running && frame.state != EngineState::Draining)
        return words::engine(frame.state);
    return Words::tr("%1 · %2 · %3 today")
        .arg(words::engine(frame.state), words::requestsPerMinute(frame.totals.perMinute),
             words::money(frame.totals.today));
}

QIcon trayIcon(kit::Lamp lamp, const QColor &ink)
{
    QIcon icon;
    for (const int size : {16, 22, 24, 32, 48, 64}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        const double unit = size / 16.0;
        painter.setPen(QPen(ink, 1.6 * unit, Qt::SolidLine, Qt::RoundCap, Qt::MiterJoin));
        // Three tracks that meet in one.
        painter.drawLine(QPointF(1.5, 4) * unit, QPointF(5, 4) * unit);
        painter.drawLine(QPointF(5, 4) * unit, QPointF(9, 8) * unit);
        painter.drawLine(QPointF(1.5, 8) * unit, QPointF(14.5, 8) * unit);
        painter.drawLine(QPointF(1.5, 12) * unit, QPointF(5, 12) * unit);
        painter.drawLine(QPointF(5, 12) * unit, QPointF(9, 8) * unit);
        const QRectF corner(8.5 * unit, 8.5 * unit, 7 * unit, 7 * unit);
        painter.setCompositionMode(QPainter::CompositionMode_Clear);
        painter.setPen(Qt::NoPen);
        painter.setBrush(Qt::black);
        painter.drawEllipse(corner.adjusted(-unit, -unit, unit, unit));
        painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
        painter.setPen(QPen(ink, 1.4 * unit));
        painter.setBrush(ink);
        const QRectF shape = corner.adjusted(unit, unit, -unit, -unit);
        switch (lamp) {
        case kit::Lamp::Serving:
            painter.drawEllipse(shape.adjusted(unit, unit, -unit, -unit));
            break;
        case kit::Lamp::Caution:
            painter.drawPolygon(QPolygonF({QPointF(shape.center().x(), shape.top()),
                                           shape.bottomRight(), shape.bottomLeft()}));
            break;
        case kit::Lamp::Danger:
            painter.drawRect(shape);
            break;
        case kit::Lamp::Probing:
        case kit::Lamp::Drill:
            painter.setBrush(Qt::NoBrush);
            painter.drawEllipse(shape);
            break;
        case kit::Lamp::Off:
        case kit::Lamp::Idle:
            painter.drawLine(shape.topLeft(), shape.bottomRight());
            painter.drawLine(shape.topRight(), shape.bottomLeft());
            break;
        }
        icon.addPixmap(pixmap);
    }
    return icon;
}

Tray::Tray(link::EngineLink &link, QObject *parent)
    : QObject(parent)
    , m_link(link)
    , m_menu(std::make_unique<QMenu>())
{
    m_menu->setAccessibleName(tr("Signalbox"));
    connect(m_menu.get(), &QMenu::aboutToShow, this, &Tray::fill);
    connect(&m_link, &link::EngineLink::frameArrived, this, &Tray::takeFrame);
    fill();
}

Tray::~Tray() = default;

bool Tray::isAvailable()
{
    return QSystemTrayIcon::isSystemTrayAvailable();
}

void Tray::setShown(bool isShown)
{
    if (!isShown || !isAvailable()) {
        delete std::exchange(m_icon, nullptr);
        return;
    }
    if (m_icon)
        return;
    m_icon = new QSystemTrayIcon(this);
    m_icon->setContextMenu(m_menu.get());
    connect(m_icon, &QSystemTrayIcon::activated, this,
            [this](QSystemTrayIcon::ActivationReason why) {
                if (why == QSystemTrayIcon::Trigger || why == QSystemTrayIcon::DoubleClick)
                    emit openAsked();
            });
    connect(m_icon, &QSystemTrayIcon::messageClicked, this, &Tray::bubbleClicked);
    takeFrame(m_link.frame());
    m_icon->show();
}

bool Tray::isShown() const
{
    return m_icon != nullptr;
}

void Tray::tell(const QString &title, const QString &body)
{
    if (m_icon)
        m_icon->showMessage(title, body, kit::applicationIcon());
}

void Tray::takeFrame(const FramePtr &frame)
{
    if (!m_icon)
        return;
    const kit::Lamp lamp = trayLamp(*frame);
    const bool isDark = QGuiApplication::palette().color(QPalette::Window).lightness() < 128;
    if (lamp != m_lamp || isDark != m_isDark || m_icon->icon().isNull()) {
        m_lamp = lamp;
        m_isDark = isDark;
        m_icon->setIcon(trayIcon(lamp, QGuiApplication::palette().color(QPalette::WindowText)));
    }
    const QString line = trayLine(*frame);
    if (m_icon->toolTip() != line)
        m_icon->setToolTip(kit::plainToolTip(line));
}

void Tray::fill()
{
    m_menu->clear();
    const FramePtr frame = m_link.frame();
    const words::Names names = words::namesIn(*frame);
    m_menu->addAction(trayLine(*frame))->setEnabled(false);
    m_menu->addSeparator();
    m_menu->addAction(tr("Open Signalbox"), this, &Tray::openAsked);
    const QString address = frame->addresses.value(0);
    if (!address.isEmpty()) {
        m_menu->addAction(tr("Copy %1").arg(address), this, [address] { kit::copyText(address); });
    }
    if (!frame->chains.isEmpty())
        m_menu->addSeparator();
    for (const ChainView &chain : frame->chains) {
        QMenu *sub = m_menu->addMenu(chainLine(chain, names));
        if (chain.heldRank > 0) {
            sub->addAction(tr("Release"), this,
                           [this, id = chain.id] { m_link.control().release(id); });
            sub->addSeparator();
        }
        for (int rank = 1; rank <= chain.targets.size(); ++rank) {
            const ChainTargetView &target = chain.targets[rank - 1];
            QMenu *hold
                = sub->addMenu(tr("Hold on target %1, %2")
                                   .arg(rank)
                                   .arg(names.of(TargetRef{target.provider, target.model, {}})));
            for (const Millis length : kHolds) {
                hold->addAction(holdText(length), this, [this, id = chain.id, rank, length] {
                    m_link.control().hold(id, rank, length);
                });
            }
        }
    }
    m_menu->addSeparator();
    if (!frame->drills.isEmpty()) {
        m_menu->addAction(tr("Clear %n drill(s)", nullptr, int(frame->drills.size())), this,
                          [this] { m_link.control().clearDrills(); });
    }
    const bool isPaused = frame->state == EngineState::Paused;
    if (isPaused || frame->state == EngineState::Running) {
        m_menu->addAction(isPaused ? tr("Resume the gateway") : tr("Pause the gateway"), this,
                          [this, isPaused] { m_link.control().setPaused(!isPaused); });
    }
    m_menu->addAction(tr("Stop the gateway and quit"), this, &Tray::stopAsked);
}

} // namespace sb::shell
