// The filter of Requests: the line, its chips, what is wrong with it, the count and saved filters.
//
// A widget, GUI thread. Owns what is typed; saved filters live in the user's settings. It says a
// new filter by signal and is told counts and scan progress. [console §3.2]
#pragma once

#include "models/filter_completion.h"

#include <QWidget>

class QHBoxLayout;
class QMenu;
class QSettings;
class QToolButton;

namespace sb::kit {
class PlainLabel;
}

namespace sb::pages {

class FilterLine;

class FilterBar final : public QWidget {
    Q_OBJECT
public:
    struct Preset {
        QString name;
        QString line;
    };

    explicit FilterBar(QSettings &settings, QWidget *parent = nullptr);

    FilterLine *line() const { return m_line; }
    QString text() const;
    void setText(const QString &text); // read at once
    void addTerm(const QString &term, bool isNegated);
    // What "2h" counts from, and labels for ids.
    void setWorld(qint64 nowWallMs, const words::Names &names);
    const ExchangeFilter &filter() const { return m_filter; } // ids for labels
    QString problem() const; // the sentence below the line, empty when there is none
    // `total` below 0: not known.
    void setCounts(qint64 matches, qint64 total, bool hasMore, bool isStopped);
    void setScan(std::optional<double> share);
    static QList<Preset> builtIn();
    QStringList saved() const { return m_saved; }
    bool isSaved() const;
    void toggleSaved();
    void showMenu();

signals:
    void filterChanged();

private:
    void read();
    void showChips();
    void fillMenu();

    QSettings &m_settings;
    qint64 m_nowWallMs = 0;
    words::Names m_names;
    ParsedFilter m_parsed;
    ExchangeFilter m_filter;
    QString m_readText;
    QStringList m_saved;
    FilterLine *m_line;
    QToolButton *m_star;
    QToolButton *m_presets;
    QMenu *m_menu;
    kit::PlainLabel *m_count;
    QWidget *m_below;
    QHBoxLayout *m_chips;
    QList<QToolButton *> m_chipButtons;
    kit::PlainLabel *m_problem;
};

} // namespace sb::pages
