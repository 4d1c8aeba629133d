#!/usr/bin/env bash
# What the sidecars of all roads share. Sourced, after lib.sh, by a script that has
# the functions `here`, the client as root of this pod's server, and change_accounts.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=accounts.sh
source "${BASH_SOURCE[0]%/*}/accounts.sh"

source_host=$(host_of "${primary_ordinal:?}")
# shellcheck disable=SC2034 # read by the scripts that source this file
readonly source_host

# say TEXT [TOPIC]: log it unless it was the last thing said of that topic, so that a
# lasting state is one line and not one every few seconds.
declare -A said=()
say() {
  local topic="${2:-state}"
  [[ "$1" != "${said[${topic}]-}" ]] || return 0
  said[${topic}]="$1"
  log "$1"
}

# keep_accounts [OPTION...]: an account with the Secret's password needs nothing;
# otherwise it is made or changed, by change_accounts, which reads the statements.
# OPTIONs are for logging in.
keep_accounts() {
  local password answer
  if answer=$(mysql_as replication replication --host=127.0.0.1 "$@" --execute='DO 0' 2>&1); then
    if is_primary; then say "primary: the accounts match the Secret" accounts; fi
    return 0
  fi
  # 1045: access denied. Whatever else goes wrong says nothing about the password.
  if [[ "${answer}" != *"ERROR 1045"* ]]; then
    log "the account replication could not be tried: ${answer}"
    return 1
  fi
  password=$(password_of replication) || return
  log "the account replication is missing or has another password than the Secret: setting up the accounts"
  accounts_sql "$(sql_quote "${password}")" | change_accounts || return
  # Where there are lives, their passwords come from the Secret's.
  # shellcheck disable=SC2034 # for history.sh
  new_life_wanted=yes
}

# keep_running STATUS START [NOTE]: on a pod that follows another. STATUS is what the
# server says of its replication, and START the statement that starts it.
keep_running() {
  local receiver applier host note="${3:+; $3}"
  host=$(status_field S_Host "$1")
  receiver=$(status_field R_IO_Running "$1")
  applier=$(status_field R_SQL_Running "$1")
  if [[ "${receiver}" == No || "${applier}" == No ]]; then
    say "replica: starting replication (receiver: ${receiver}, applier: ${applier}) $(status_field Last_IO_Error "$1") $(status_field Last_SQL_Error "$1")${note}"
    here --execute="$2"
  elif [[ "${receiver}" == Connecting ]]; then
    say "replica: ${host} is away; serving what is here, connecting again: $(status_field Last_IO_Error "$1")${note}"
  else
    say "replica: following ${host}${note}"
  fi
}
