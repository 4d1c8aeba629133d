#!/usr/bin/env bash
# The accounts of the set. Sourced.
set -euo pipefail

# accounts_sql PASSWORD: statements that make the accounts what they should be,
# whether they exist or not; PASSWORD is the replication password, quoted. None
# has rights on data, and those that cross the network must encrypt.
accounts_sql() {
  printf "SET SESSION sql_mode = '';\n"
  printf 'CREATE USER IF NOT EXISTS %s;\n' \
    "'replication'@'%'" "'clone'@'%'" "'probe'@'localhost'" "'probe'@'127.0.0.1'"
  # With replication pods look at each other, read where binary logs end, and what a
  # replica received and has not applied yet. The release before this one also follows
  # with it, and clones with the account clone, which has BACKUP_ADMIN for that.
  printf "ALTER USER 'replication'@'%%' IDENTIFIED BY %s REQUIRE SSL;\n" "$1"
  printf "ALTER USER 'clone'@'%%' IDENTIFIED BY %s REQUIRE SSL;\n" "$1"
  printf 'GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO %s;\n' "'replication'@'%'"
  printf 'GRANT SELECT ON performance_schema.replication_connection_status TO %s;\n' "'replication'@'%'"
  printf 'GRANT BACKUP_ADMIN ON *.* TO %s;\n' "'clone'@'%'"
  # The probes have no password, so that changing one can never stop them, and
  # may see the state of replication, nothing else.
  printf 'GRANT REPLICATION CLIENT ON *.* TO %s;\n' "'probe'@'localhost'" "'probe'@'127.0.0.1'"
}

# lock_life_sql: the accounts with which others follow and clone this server, locked: no
# life of it is known to anybody yet. See look.sh.
lock_life_sql() {
  printf 'CREATE USER IF NOT EXISTS %s REQUIRE SSL ACCOUNT LOCK;\n' "'receiver'@'%'" "'donor'@'%'"
  printf 'ALTER USER %s ACCOUNT LOCK;\n' "'receiver'@'%'" "'donor'@'%'"
  printf 'GRANT REPLICATION SLAVE ON *.* TO %s;\n' "'receiver'@'%'"
  printf 'GRANT BACKUP_ADMIN ON *.* TO %s;\n' "'donor'@'%'"
}

# open_life_sql PASSWORD: of this life, quoted.
open_life_sql() {
  printf "SET SESSION sql_mode = '';\n"
  printf 'ALTER USER %s IDENTIFIED BY %s REQUIRE SSL ACCOUNT UNLOCK;\n' "'receiver'@'%'" "$1" "'donor'@'%'" "$1"
}
