// The lock-free way from the engine to the store's writer: one thread pushes, one thread pops.
//
// Bounded; push() refuses when full. The consumer says when it goes to sleep, and the producer is
// told when it is the one that must wake it, so that a busy stretch costs no signal per item.
// [performance §0.5, §7]
#pragma once

#include <QtGlobal>

#include <atomic>
#include <memory>

namespace sb::store {

template <typename T> class Ring {
public:
    static constexpr quint64 kCapacity = 65'536;
    // With so many waiting the consumer is woken before its time.
    static constexpr quint64 kMark = 1'000;

    enum class Push : quint8 { Done, DoneWake, Full };

    Push push(T &&value)
    {
        const quint64 tail = m_tail.load(std::memory_order_relaxed);
        if (tail - m_headSeen >= kCapacity) {
            m_headSeen = m_head.load(std::memory_order_acquire);
            if (tail - m_headSeen >= kCapacity)
                return Push::Full;
        }
        m_slots[tail % kCapacity] = std::move(value);
        // Sequentially consistent, as is sleep(): one of the two sides sees the other.
        m_tail.store(tail + 1, std::memory_order_seq_cst);
        if (m_isAsleep.load(std::memory_order_seq_cst)) [[unlikely]] {
            if (m_isAsleep.exchange(false, std::memory_order_seq_cst))
                return Push::DoneWake;
        }
        if ((tail + 1) % kMark == 0) [[unlikely]] {
            if (tail + 1 - m_head.load(std::memory_order_relaxed) >= kMark)
                return Push::DoneWake;
        }
        return Push::Done;
    }

    bool pop(T &value)
    {
        const quint64 head = m_head.load(std::memory_order_relaxed);
        if (head == m_tail.load(std::memory_order_acquire))
            return false;
        value = std::exchange(m_slots[head % kCapacity], T());
        m_head.store(head + 1, std::memory_order_release);
        return true;
    }

    // Consumer: true when it may sleep; the next push then asks for a wake.
    bool sleep()
    {
        m_isAsleep.store(true, std::memory_order_seq_cst);
        if (m_head.load(std::memory_order_relaxed) == m_tail.load(std::memory_order_seq_cst))
            return true;
        // Already something: the producer may have taken the flag, then a wake is on its way too.
        m_isAsleep.store(false, std::memory_order_seq_cst);
        return false;
    }

private:
    std::unique_ptr<T[]> m_slots = std::make_unique<T[]>(kCapacity);
    alignas(64) std::atomic<quint64> m_tail{0};
    quint64 m_headSeen = 0; // producer's copy
    alignas(64) std::atomic<quint64> m_head{0};
    alignas(64) std::atomic<bool> m_isAsleep{true};
};

} // namespace sb::store
