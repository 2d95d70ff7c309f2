// How long a frame of scrolling through 5,000 rows of Requests takes, layout and painting included:
// the budget at 60 frames a second is 16.6 ms. Prints wall and CPU time; the median of the CPU time
// is what a busy machine leaves readable.
#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/tokens.h"
#include "pages/page_kit.h"
#include "pages/request_rows.h"
#include "pages/requests/requests_page.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QTableView>
#include <QTest>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

using namespace sb;

namespace {

double cpuMs()
{
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return double(at.tv_sec) * 1e3 + double(at.tv_nsec) * 1e-6;
}

struct Frames {
    std::vector<double> wallMs;
    std::vector<double> cpuMs;
};

double share(std::vector<double> values, double part)
{
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, size_t(double(values.size()) * part))];
}

void tell(const char *name, const Frames &frames)
{
    const auto within = std::count_if(frames.wallMs.cbegin(), frames.wallMs.cend(),
                                      [](double ms) { return ms <= 1'000.0 / 60; });
    printf("%-22s cpu median %5.2f ms, p99 %5.2f ms; wall median %5.2f ms, p99 %5.2f ms; "
           "%lld of %zu within 16.6 ms\n",
           name, share(frames.cpuMs, 0.5), share(frames.cpuMs, 0.99), share(frames.wallMs, 0.5),
           share(frames.wallMs, 0.99), static_cast<long long>(within), frames.wallMs.size());
}

// One frame is: the bar moves, the view lays out, every pixel that changed is painted and flushed.
template <typename Step> Frames scroll(pages::RequestsPage &page, int count, Step step)
{
    Frames frames;
    for (int i = 0; i < count; ++i) {
        QElapsedTimer timer;
        timer.start();
        const double before = cpuMs();
        step(i);
        QCoreApplication::processEvents();
        page.table()->viewport()->repaint();
        frames.cpuMs.push_back(cpuMs() - before);
        frames.wallMs.push_back(double(timer.nsecsElapsed()) / 1e6);
    }
    return frames;
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    app.setStyle(new kit::ConsoleStyle);
    kit::applyFonts(app);
    QApplication::setPalette(kit::paletteOf(kit::darkTokens()));
    const int count = qEnvironmentVariableIsSet("SIGNALBOX_SMOKE") ? 20 : 600;

    Frame frame = test::busyFrame();
    store::Page history;
    history.exchanges = test::requests(models::RequestModel::kCapacity);
    test::pageLink().fakeHistory.pageAnswer = history;
    test::pageLink().publish(frame);
    pages::RequestsPage page(test::context());
    page.resize(1280, 800);
    page.show();
    if (!QTest::qWaitForWindowExposed(&page)) {
        fprintf(stderr, "the window is not shown\n");
        return 1;
    }
    page.setFrame(std::make_shared<Frame>(frame));
    constexpr int kRows = models::RequestModel::kCapacity;
    if (!QTest::qWaitFor([&] { return page.model()->rowCount() == kRows; }, 30'000)) {
        fprintf(stderr, "%d rows instead of %d\n", page.model()->rowCount(), kRows);
        return 1;
    }
    QScrollBar *bar = page.table()->verticalScrollBar();
    printf("%d rows, %d x %d\n", page.model()->rowCount(), page.width(), page.height());
    tell("by three rows", scroll(page, count, [bar](int i) { bar->setValue(i * 3); }));
    tell("by whole pages", scroll(page, count, [&](int i) {
             bar->setValue(int(qint64(i) * 7'919 % (bar->maximum() + 1)));
         }));
    // As in life: rows come meanwhile, ten times a second, a hundred at a time.
    bar->setValue(0);
    int newest = 0;
    tell("rows come, at the top", scroll(page, count, [&](int i) {
             if (i % 6 != 0)
                 return;
             Frame next = frame;
             next.number += quint64(i) + 1;
             next.changed.clear();
             for (int k = 0; k < 100; ++k)
                 next.changed.append(test::request(--newest));
             page.setFrame(std::make_shared<Frame>(next));
         }));
    return 0;
}
