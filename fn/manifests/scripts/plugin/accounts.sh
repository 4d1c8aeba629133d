#!/usr/bin/env bash
# The accounts of the set. Sourced.
set -euo pipefail

# accounts_sql PASSWORD: statements that make the accounts what they should be,
# whether they exist or not; PASSWORD is the replication password, quoted. None
# has rights on data, and the two that cross the network must encrypt.
accounts_sql() {
  printf "SET SESSION sql_mode = '';\n"
  printf 'CREATE USER IF NOT EXISTS %s;\n' \
    "'replication'@'%'" "'clone'@'%'" "'probe'@'localhost'" "'probe'@'127.0.0.1'"
  # BACKUP_ADMIN makes a server the donor of a clone.
  printf "ALTER USER 'replication'@'%%' IDENTIFIED BY %s REQUIRE SSL;\n" "$1"
  printf "ALTER USER 'clone'@'%%' IDENTIFIED BY %s REQUIRE SSL;\n" "$1"
  printf 'GRANT REPLICATION SLAVE ON *.* TO %s;\n' "'replication'@'%'"
  # What a replica received and has not applied yet.
  printf 'GRANT SELECT ON performance_schema.replication_connection_status TO %s;\n' "'replication'@'%'"
  printf 'GRANT BACKUP_ADMIN ON *.* TO %s;\n' "'clone'@'%'"
  # The probes have no password, so that changing one can never stop them, and
  # may see the state of replication, nothing else.
  printf 'GRANT REPLICATION CLIENT ON *.* TO %s;\n' "'probe'@'localhost'" "'probe'@'127.0.0.1'"
}
