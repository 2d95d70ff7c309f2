#include "store/schema.h"

namespace sb::store {

namespace {
// What every rollup row adds up, the same in both tables.
#define SB_SUMS                                                                                    \
    "exchanges INTEGER NOT NULL, attempts INTEGER NOT NULL, failures INTEGER NOT NULL,"            \
    "unpriced INTEGER NOT NULL, estimated INTEGER NOT NULL,"                                       \
    "input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,"           \
    "cache_write_1h INTEGER NOT NULL, input_audio INTEGER NOT NULL, output INTEGER NOT NULL,"      \
    "output_audio INTEGER NOT NULL, reasoning INTEGER NOT NULL,"                                   \
    "cost_nusd INTEGER NOT NULL, uncertain_nusd INTEGER NOT NULL"
#define SB_SUM_NAMES                                                                               \
    "exchanges, attempts, failures, unpriced, estimated, input, cache_read, cache_write,"          \
    "cache_write_1h, input_audio, output, output_audio, reasoning, cost_nusd, uncertain_nusd"
// From step 2 on.
#define SB_SUMS_2 SB_SUMS ", reported INTEGER NOT NULL"
#define SB_SUM_OF_2                                                                                \
    "sum(exchanges), sum(attempts), sum(failures), sum(unpriced), sum(estimated), sum(input),"     \
    "sum(cache_read), sum(cache_write), sum(cache_write_1h), sum(input_audio), sum(output),"       \
    "sum(output_audio), sum(reasoning), sum(cost_nusd), sum(uncertain_nusd), 0"
} // namespace

Migrations ledgerMigrations()
{
    return {
        // 1
        {
            QStringLiteral("CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID"),
            // One row per attempt; ordinal 0 stands for an exchange that had none.
            QStringLiteral(
                "CREATE TABLE settlements (exchange BLOB NOT NULL, ordinal INTEGER NOT NULL,"
                "wall_ms INTEGER NOT NULL, client TEXT NOT NULL, chain TEXT NOT NULL,"
                "provider TEXT NOT NULL, model TEXT NOT NULL, key TEXT NOT NULL,"
                "outcome INTEGER NOT NULL, cost_nusd INTEGER NOT NULL,"
                "uncertain_nusd INTEGER NOT NULL, cost_source INTEGER NOT NULL,"
                "is_drill INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,"
                "cache_write INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL,"
                "input_audio INTEGER NOT NULL, output INTEGER NOT NULL,"
                "output_audio INTEGER NOT NULL, reasoning INTEGER NOT NULL,"
                "usage_source INTEGER NOT NULL, PRIMARY KEY (exchange, ordinal)) WITHOUT ROWID"),
            QStringLiteral(
                "CREATE TABLE gates (scope INTEGER NOT NULL, provider TEXT NOT NULL,"
                "key TEXT NOT NULL, model TEXT NOT NULL, state INTEGER NOT NULL,"
                "cause INTEGER NOT NULL, status INTEGER NOT NULL, failures INTEGER NOT NULL,"
                "is_hinted INTEGER NOT NULL, since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
                "trips INTEGER NOT NULL, PRIMARY KEY (scope, provider, key, model)) WITHOUT ROWID"),
            QStringLiteral(
                "CREATE TABLE quarters (from_ms INTEGER NOT NULL, provider TEXT NOT NULL,"
                "model TEXT NOT NULL, client TEXT NOT NULL, chain TEXT NOT NULL,"
                "is_drill INTEGER NOT NULL," SB_SUMS
                ", PRIMARY KEY (from_ms, provider, model, client, chain, is_drill)) WITHOUT ROWID"),
            QStringLiteral(
                "CREATE TABLE days (zone TEXT NOT NULL, date TEXT NOT NULL,"
                "from_ms INTEGER NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,"
                "client TEXT NOT NULL, chain TEXT NOT NULL, is_drill INTEGER NOT NULL," SB_SUMS
                ", PRIMARY KEY (zone, date, provider, model, client, chain, is_drill)) WITHOUT "
                "ROWID"),
        },
        // 2: keys and reported costs in the rollups, sums by caller, health. What is older has no
        // key and no caller, and all of its money.
        {
            QStringLiteral("ALTER TABLE quarters RENAME TO quarters_1"),
            QStringLiteral(
                "CREATE TABLE quarters (from_ms INTEGER NOT NULL, provider TEXT NOT NULL,"
                "model TEXT NOT NULL, client TEXT NOT NULL, chain TEXT NOT NULL,"
                "key TEXT NOT NULL, is_drill INTEGER NOT NULL," SB_SUMS_2
                ", PRIMARY KEY (from_ms, provider, model, client, chain, key, is_drill))"
                " WITHOUT ROWID"),
            QStringLiteral("INSERT INTO quarters (from_ms, provider, model, client, chain, key, "
                           "is_drill," SB_SUM_NAMES
                           ", reported) SELECT from_ms, provider, model, client, chain, '',"
                           " is_drill, " SB_SUM_NAMES ", 0 FROM quarters_1"),
            QStringLiteral("DROP TABLE quarters_1"),
            QStringLiteral("ALTER TABLE days RENAME TO days_1"),
            QStringLiteral(
                "CREATE TABLE days (zone TEXT NOT NULL, date TEXT NOT NULL,"
                "from_ms INTEGER NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,"
                "client TEXT NOT NULL, chain TEXT NOT NULL, key TEXT NOT NULL,"
                "is_drill INTEGER NOT NULL," SB_SUMS_2
                ", PRIMARY KEY (zone, date, provider, model, client, chain, key, is_drill))"
                " WITHOUT ROWID"),
            QStringLiteral(
                "INSERT INTO days (zone, date, from_ms, provider, model, client, chain, key,"
                " is_drill, " SB_SUM_NAMES ", reported) SELECT zone, date, from_ms, provider,"
                " model, client, chain, '', is_drill, " SB_SUM_NAMES ", 0 FROM days_1"),
            QStringLiteral("DROP TABLE days_1"),
            QStringLiteral(
                "CREATE TABLE caller_quarters (from_ms INTEGER NOT NULL, program TEXT NOT NULL,"
                "folder TEXT NOT NULL, is_drill INTEGER NOT NULL," SB_SUMS_2
                ", PRIMARY KEY (from_ms, program, folder, is_drill)) WITHOUT ROWID"),
            QStringLiteral(
                "INSERT INTO caller_quarters (from_ms, program, folder, is_drill, " SB_SUM_NAMES
                ", reported) SELECT from_ms, '', '', is_drill, " SB_SUM_OF_2
                " FROM quarters GROUP BY from_ms, is_drill"),
            QStringLiteral("CREATE TABLE caller_days (zone TEXT NOT NULL, date TEXT NOT NULL,"
                           "from_ms INTEGER NOT NULL, program TEXT NOT NULL, folder TEXT NOT NULL,"
                           "is_drill INTEGER NOT NULL," SB_SUMS_2
                           ", PRIMARY KEY (zone, date, program, folder, is_drill)) WITHOUT ROWID"),
            QStringLiteral("INSERT INTO caller_days (zone, date, from_ms, program, folder, "
                           "is_drill," SB_SUM_NAMES
                           ", reported) SELECT zone, date, from_ms, '', '', is_drill," SB_SUM_OF_2
                           " FROM days GROUP BY zone, date, is_drill"),
            // A quarter of an hour of one provider, model or key; the body is a HealthGrain.
            QStringLiteral("CREATE TABLE health (from_ms INTEGER NOT NULL, level INTEGER NOT NULL,"
                           "provider TEXT NOT NULL, model TEXT NOT NULL, key TEXT NOT NULL,"
                           "is_drill INTEGER NOT NULL, body BLOB NOT NULL,"
                           "PRIMARY KEY (from_ms, level, provider, model, key, is_drill))"),
        },
    };
}

Migrations historyMigrations()
{
    return {
        // 1
        {
            QStringLiteral(
                "CREATE TABLE exchanges (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
                "wall_ms INTEGER NOT NULL, client TEXT NOT NULL, chain TEXT NOT NULL,"
                "dialect INTEGER NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL,"
                "served_model TEXT NOT NULL, outcome INTEGER NOT NULL, code INTEGER NOT NULL,"
                "status INTEGER NOT NULL, attempts INTEGER NOT NULL, is_failover INTEGER NOT NULL,"
                "is_diverted INTEGER NOT NULL, is_drill INTEGER NOT NULL,"
                "cost_nusd INTEGER NOT NULL, uncertain_nusd INTEGER NOT NULL,"
                "tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,"
                "first_content_us INTEGER NOT NULL, ended_us INTEGER NOT NULL,"
                "body BLOB NOT NULL)"),
        },
        // 2: what a filter asks of the body, as bits; -1 = a row from before, which may be any.
        {
            QStringLiteral("ALTER TABLE exchanges ADD COLUMN flags INTEGER NOT NULL DEFAULT -1"),
            QStringLiteral("ALTER TABLE exchanges ADD COLUMN outcomes INTEGER NOT NULL DEFAULT -1"),
            QStringLiteral("CREATE TABLE events (seq INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL,"
                           "kind INTEGER NOT NULL, provider TEXT NOT NULL, chain TEXT NOT NULL,"
                           "client TEXT NOT NULL, cause INTEGER NOT NULL, status INTEGER NOT NULL,"
                           "revision INTEGER NOT NULL, subject TEXT NOT NULL,"
                           "until_ms INTEGER NOT NULL)"),
            QStringLiteral("CREATE INDEX events_by_time ON events (wall_ms)"),
        },
    };
}

Migrations captureMigrations()
{
    return {
        // 1; state is a CaptureState. Bodies apart: a row emptied in place keeps its page.
        {
            QStringLiteral("CREATE TABLE captures (seq INTEGER PRIMARY KEY,"
                           "id BLOB NOT NULL UNIQUE, state INTEGER NOT NULL,"
                           "trimmed_ms INTEGER NOT NULL)"),
            QStringLiteral("CREATE TABLE bodies (id BLOB PRIMARY KEY, body BLOB NOT NULL)"),
        },
    };
}

} // namespace sb::store
