// The tables of both files. Steps are append-only; see Migrations.
#pragma once

#include "store/database.h"

namespace sb::store {

Migrations ledgerMigrations();
Migrations historyMigrations();
Migrations captureMigrations();

} // namespace sb::store
