#!/usr/bin/env bash
# The accounts of the set. Sourced.
set -euo pipefail

# accounts_sql PASSWORD: statements that make the accounts what they should be,
# whether they exist or not; PASSWORD is the replication password, quoted.
accounts_sql() {
  printf "SET SESSION sql_mode = '';\n"
  printf "CREATE USER IF NOT EXISTS 'replication'@'%%';\n"
  printf "ALTER USER 'replication'@'%%' IDENTIFIED BY %s;\n" "$1"
  printf "GRANT REPLICATION SLAVE ON *.* TO 'replication'@'%%';\n"
}
