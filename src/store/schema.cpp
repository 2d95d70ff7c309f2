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
    };
}

} // namespace sb::store
