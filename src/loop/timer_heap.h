// A heap of due times with cheap cancelling: push, cancel and take in O(log n). One thread.
#pragma once

#include "base/clock.h"

#include <utility>
#include <vector>

namespace sb::loop {

template <typename Payload> class TimerHeap {
public:
    // Never 0, and not used again for another entry until 2^32 others have had the place.
    using Handle = quint64;

    bool isEmpty() const { return m_heap.empty(); }
    size_t size() const { return m_heap.size(); }
    Nanos nextDue() const { return m_heap.front().due; }
    // Entries pushed from now on have at least this order; equal due times go by order.
    quint64 nextOrder() const { return m_nextOrder; }
    quint64 topOrder() const { return m_heap.front().order; }
    Handle top() const { return handleOf(m_heap.front().slot); }

    Handle push(Nanos due, Payload payload)
    {
        quint32 slot;
        if (m_free.empty()) {
            slot = quint32(m_slots.size());
            m_slots.emplace_back();
        } else {
            slot = m_free.back();
            m_free.pop_back();
        }
        m_slots[slot].payload = std::move(payload);
        m_heap.push_back(Entry{due, m_nextOrder++, slot});
        m_slots[slot].place = quint32(m_heap.size() - 1);
        rise(m_heap.size() - 1);
        return handleOf(slot);
    }

    // The payload of a living entry, or nullptr.
    Payload *find(Handle handle)
    {
        const quint32 slot = quint32(handle);
        if (slot >= m_slots.size() || handleOf(slot) != handle || m_slots[slot].place == kNone)
            return nullptr;
        return &m_slots[slot].payload;
    }
    const Payload *find(Handle handle) const { return const_cast<TimerHeap *>(this)->find(handle); }
    Nanos dueOf(Handle handle) const { return m_heap[m_slots[quint32(handle)].place].due; }

    // Moves a living entry to another time, behind the others of that time.
    void move(Handle handle, Nanos due)
    {
        const size_t place = m_slots[quint32(handle)].place;
        m_heap[place].due = due;
        m_heap[place].order = m_nextOrder++;
        sink(place);
        rise(m_slots[quint32(handle)].place);
    }

    bool remove(Handle handle)
    {
        if (!find(handle))
            return false;
        take(handle);
        return true;
    }
    Payload take(Handle handle)
    {
        const quint32 slot = quint32(handle);
        const size_t place = m_slots[slot].place;
        Payload payload = std::exchange(m_slots[slot].payload, Payload());
        m_slots[slot].place = kNone;
        ++m_slots[slot].generation;
        m_free.push_back(slot);
        const Entry last = m_heap.back();
        m_heap.pop_back();
        if (place < m_heap.size()) {
            put(place, last);
            sink(place);
            rise(m_slots[last.slot].place);
        }
        return payload;
    }

private:
    static constexpr quint32 kNone = 0xffffffff;
    struct Entry {
        Nanos due;
        quint64 order;
        quint32 slot;
    };
    struct Slot {
        Payload payload{};
        quint32 place = kNone;
        quint32 generation = 1;
    };

    Handle handleOf(quint32 slot) const { return quint64(m_slots[slot].generation) << 32 | slot; }
    static bool isBefore(const Entry &a, const Entry &b)
    {
        return a.due != b.due ? a.due < b.due : a.order < b.order;
    }
    void put(size_t place, const Entry &entry)
    {
        m_heap[place] = entry;
        m_slots[entry.slot].place = quint32(place);
    }
    void rise(size_t place)
    {
        const Entry entry = m_heap[place];
        while (place > 0 && isBefore(entry, m_heap[(place - 1) / 2])) {
            put(place, m_heap[(place - 1) / 2]);
            place = (place - 1) / 2;
        }
        put(place, entry);
    }
    void sink(size_t place)
    {
        const Entry entry = m_heap[place];
        while (2 * place + 1 < m_heap.size()) {
            size_t child = 2 * place + 1;
            if (child + 1 < m_heap.size() && isBefore(m_heap[child + 1], m_heap[child]))
                ++child;
            if (!isBefore(m_heap[child], entry))
                break;
            put(place, m_heap[child]);
            place = child;
        }
        put(place, entry);
    }

    std::vector<Entry> m_heap;
    std::vector<Slot> m_slots;
    std::vector<quint32> m_free;
    quint64 m_nextOrder = 0;
};

} // namespace sb::loop
