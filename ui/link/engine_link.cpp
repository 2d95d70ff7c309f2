#include "link/engine_link.h"

namespace sb::link {

EngineLink::EngineLink(QObject *parent)
    : QObject(parent)
    , m_frame(std::make_shared<const Frame>())
{
}

EngineLink::~EngineLink() = default;

std::shared_ptr<const Exchange> EngineLink::known(const ExchangeId &id) const
{
    return m_known.value(id);
}

void EngineLink::takeFrame(const FramePtr &frame)
{
    Q_ASSERT(frame);
    m_frame = frame;
    for (const auto &exchange : frame->changed) {
        auto &slot = m_known[exchange->id];
        if (!slot)
            m_order.push_back(exchange->id);
        slot = exchange;
    }
    while (m_order.size() > kKnown) {
        m_known.remove(m_order.front());
        m_order.pop_front();
    }
    if (m_state != LinkState::Connected)
        setState(LinkState::Connected, m_trouble);
    emit frameArrived(frame);
    for (const auto &exchange : frame->changed)
        emit exchangeChanged(exchange);
}

void EngineLink::setState(LinkState state, const Trouble &trouble)
{
    if (m_state == state && m_trouble == trouble)
        return;
    if (state == LinkState::Lost && m_state != LinkState::Lost)
        m_lostSinceWallMs = m_frame->wallMs;
    m_state = state;
    m_trouble = trouble;
    emit stateChanged();
}

void EngineLink::setFirstStart(bool isFirst)
{
    if (m_isFirstStart == isFirst)
        return;
    m_isFirstStart = isFirst;
    emit stateChanged();
}

} // namespace sb::link
