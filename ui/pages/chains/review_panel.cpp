#include "pages/chains/review_panel.h"

#include "kit/fonts.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "pages/chains/chain_words.h"
#include "words/plain.h"

#include <QBoxLayout>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>

#include <vector>

namespace sb::pages {

namespace {
constexpr qsizetype kMostLines = 2'000;
constexpr qsizetype kAround = 2;
} // namespace

ReviewPanel::ReviewPanel(QWidget *parent)
    : QWidget(parent)
    , m_headline(new kit::PlainLabel(QString(), kit::Type::Strong, this))
    , m_list(new QListWidget(this))
    , m_asText(new QPushButton(tr("Show as text"), this))
    , m_text(new QPlainTextEdit(this))
{
    m_headline->setWordWrap(true);
    m_list->setAccessibleName(tr("Changes"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setWordWrap(true);
    m_list->setSpacing(2);
    m_text->setAccessibleName(tr("Changed lines of the configuration"));
    m_text->setReadOnly(true);
    m_text->setTabChangesFocus(true);
    m_text->setFont(kit::font(kit::Type::Mono));
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->hide();
    m_asText->setCheckable(true);
    connect(m_asText, &QPushButton::toggled, this, &ReviewPanel::setTextShown);
    auto *head = new QHBoxLayout;
    head->addWidget(m_headline, 1);
    head->addWidget(m_asText);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addLayout(head);
    column->addWidget(m_list, 1);
    column->addWidget(m_text, 1);
}

void ReviewPanel::show(const QString &headline, const QList<models::DraftChange> &changes,
                       const words::Names &names, const QByteArray &before, const QByteArray &after)
{
    m_headline->setText(headline);
    m_before = before;
    m_after = after;
    m_list->clear();
    for (const models::DraftChange &change : changes)
        m_list->addItem(words::visible(changeSentence(change, names)));
    m_asText->setVisible(before != after);
    if (m_asText->isChecked())
        m_text->setPlainText(lineDiff(m_before, m_after));
}

QStringList ReviewPanel::sentences() const
{
    QStringList out;
    for (int row = 0; row < m_list->count(); ++row)
        out += m_list->item(row)->text();
    return out;
}

void ReviewPanel::setTextShown(bool isShown)
{
    m_asText->setChecked(isShown);
    m_text->setVisible(isShown);
    m_list->setVisible(!isShown);
    if (isShown)
        m_text->setPlainText(lineDiff(m_before, m_after));
}

QString lineDiff(const QByteArray &before, const QByteArray &after)
{
    QList<QByteArray> a = before.split('\n');
    QList<QByteArray> b = after.split('\n');
    qsizetype head = 0; // equal lines at both ends need no table
    while (head < a.size() && head < b.size() && a[head] == b[head])
        ++head;
    qsizetype tail = 0;
    while (tail < a.size() - head && tail < b.size() - head
           && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
        ++tail;
    const qsizetype n = a.size() - head - tail;
    const qsizetype m = b.size() - head - tail;
    struct Line {
        char mark;
        QByteArray text;
    };
    QList<Line> lines;
    for (qsizetype i = 0; i < head; ++i)
        lines.append({' ', a[i]});
    if (n > kMostLines || m > kMostLines) {
        for (qsizetype i = 0; i < n; ++i)
            lines.append({'-', a[head + i]});
        for (qsizetype j = 0; j < m; ++j)
            lines.append({'+', b[head + j]});
    } else {
        // Longest common subsequence, from the end.
        std::vector<quint16> best(size_t((n + 1) * (m + 1)), 0);
        const auto at = [m](qsizetype i, qsizetype j) { return size_t(i * (m + 1) + j); };
        for (qsizetype i = n; i-- > 0;) {
            for (qsizetype j = m; j-- > 0;)
                best[at(i, j)] = a[head + i] == b[head + j]
                    ? quint16(best[at(i + 1, j + 1)] + 1)
                    : std::max(best[at(i + 1, j)], best[at(i, j + 1)]);
        }
        qsizetype i = 0;
        qsizetype j = 0;
        while (i < n || j < m) {
            if (i < n && j < m && a[head + i] == b[head + j]) {
                lines.append({' ', a[head + i]});
                ++i;
                ++j;
            } else if (j >= m || (i < n && best[at(i + 1, j)] >= best[at(i, j + 1)])) {
                lines.append({'-', a[head + i++]});
            } else {
                lines.append({'+', b[head + j++]});
            }
        }
    }
    for (qsizetype i = a.size() - tail; i < a.size(); ++i)
        lines.append({' ', a[i]});
    QList<bool> isShown(lines.size(), false);
    for (qsizetype i = 0; i < lines.size(); ++i) {
        if (lines[i].mark == ' ')
            continue;
        for (qsizetype k = std::max<qsizetype>(0, i - kAround);
             k <= std::min(lines.size() - 1, i + kAround); ++k)
            isShown[k] = true;
    }
    QString out;
    bool isGap = false;
    for (qsizetype i = 0; i < lines.size(); ++i) {
        if (!isShown[i]) {
            isGap = true;
            continue;
        }
        if (isGap)
            out += QStringLiteral("…\n");
        isGap = false;
        out += QLatin1Char(lines[i].mark) + QStringLiteral(" ")
            + words::visible(QString::fromUtf8(lines[i].text)) + u'\n';
    }
    return out;
}

} // namespace sb::pages
