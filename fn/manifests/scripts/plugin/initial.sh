#!/usr/bin/env bash
# What a new database begins with, and what it consists of. Sourced.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: a pipe's last command is the one that can fail.
set -euo pipefail
# shellcheck source=look.sh
source "${BASH_SOURCE[0]%/*}/look.sh"

# initial_sql: the set's identity, a transaction that only this set has: see look.sh. For a
# server without a binary log.
initial_sql() {
  local identity
  identity=$(new_identity 1) || return
  log "the identity of this set is ${identity%:*}"
  printf "SET GLOBAL gtid_purged = '%s';\n" "${identity}"
}

# inventory_sql: all schemas, tables and accounts, by name: kept when a database is made, it
# tells later whether anything was added. The set's own accounts come and go with releases.
inventory_sql() {
  printf '%s\n' \
    "SELECT CONCAT('schema ', SCHEMA_NAME) AS name FROM information_schema.SCHEMATA" \
    "UNION ALL SELECT CONCAT('table ', TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema')" \
    "UNION ALL SELECT CONCAT('account ', User, '@', Host) FROM mysql.user WHERE User NOT IN ('replication', 'clone', 'receiver', 'donor', 'probe')" \
    "ORDER BY name;"
}

# may_be_unused: whether this pod's database was initialised here, and never had the right to
# take writes.
may_be_unused() {
  [[ -e "${state_directory:?}/initial" && ! -e "${state_directory}/wrote" && ! -e "${right:?}" ]]
}

# has_nothing_more COMMAND...: whether it has no schema, table or account beyond those of the
# initialisation; COMMAND is the client of its server. The GTID set is no evidence: RESET and
# sql_log_bin=0 leave nothing there.
has_nothing_more() {
  local now
  now=$(inventory_sql | "$@") || return
  [[ "${now}" == "$(<"${state_directory:?}/initial")" ]]
}
