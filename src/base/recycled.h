// Memory for objects that come and go with every request: the place that was given back last, still
// warm in the cache, is given out next. The general allocator keeps no such list for objects above
// a kilobyte.
//
// A base class: class Call : public Recycled<Call>. The list belongs to the thread, is bounded, and
// holds places of exactly that class; what is derived further is left to the allocator. Under a
// sanitizer every object is the allocator's, so that a use after its end is found.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SB_PLAIN_ALLOCATOR
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SB_PLAIN_ALLOCATOR
#endif
#endif

namespace sb {

#ifdef SB_PLAIN_ALLOCATOR
template <typename T> class Recycled {
};
#else
template <typename T> class Recycled {
public:
    static void *operator new(std::size_t size)
    {
        Places &places = list();
        if (size != sizeof(T) || places.free.empty())
            return ::operator new(size);
        void *const place = places.free.back();
        places.free.pop_back();
        return place;
    }
    static void operator delete(void *place, std::size_t size)
    {
        Places &places = list();
        if (size != sizeof(T) || places.free.size() == kMost) {
            ::operator delete(place);
            return;
        }
        places.free.push_back(place);
    }

private:
    static constexpr std::size_t kMost = 32;
    struct Places {
        std::vector<void *> free;
        Places() { free.reserve(kMost); }
        ~Places()
        {
            for (void *place : free)
                ::operator delete(place);
        }
    };
    static Places &list()
    {
        static thread_local Places places;
        return places;
    }
};
#endif

} // namespace sb
