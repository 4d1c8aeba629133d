#!/usr/bin/env bash
# Container replication: makes this pod what its ordinal says, again and again.
# On the primary the set's accounts are there with the Secret's passwords; a
# replica follows the primary by GTID. It can be killed at any line, and it never
# forces: a replica that differs from the primary is stopped, reported and left
# as it is, and the readiness probe takes it out of the read Service.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=sidecar.sh
source "${BASH_SOURCE[0]%/*}/sidecar.sh"

readonly ca=/etc/mysql/tls/ca.crt
verify=(--ssl-mode=REQUIRED)
source_verify=''
if [[ -e "${ca}" ]]; then
  verify=(--ssl-mode=VERIFY_IDENTITY --ssl-ca="${ca}")
  source_verify=", SOURCE_SSL_CA = '${ca}', SOURCE_SSL_VERIFY_SERVER_CERT = 1"
fi
readonly verify source_verify
# What the last try to ask the primary said.
complaint=$(mktemp)
readonly complaint

# Whatever sql_mode the set's options ask for: with NO_BACKSLASH_ESCAPES '\n' would
# be no line feed.
readonly session=(--init-command="SET SESSION sql_mode = ''" --batch)
here() { mysql_as root root --protocol=socket "${session[@]}" "$@"; }
on_source() { mysql_as replication replication --host="${source_host}" "${verify[@]}" "${session[@]}" "$@"; }

# count_wanted_sources: 1 if the stored configuration is the one wanted, else 0. It
# is compared and not just set anew, because CHANGE REPLICATION SOURCE TO throws
# away relay logs, the only copy of what was received and not applied.
count_wanted_sources() {
  local password
  password=$(password_of replication) || return
  printf "SET SESSION sql_mode = ''; SELECT COUNT(*) FROM mysql.slave_master_info WHERE Host = '%s' AND User_name = 'replication' AND User_password = %s AND Enabled_auto_position = 1 AND Enabled_ssl = 1 AND Ssl_ca = '%s';" \
    "${source_host}" "$(sql_quote "${password}")" "${source_verify:+${ca}}" | here --skip-column-names
}

follow_source() {
  local password
  password=$(password_of replication) || return
  log "replica: following ${source_host}"
  # SOURCE_RETRY_COUNT 0: for ever. The default is 10 from 8.4 on, and a replica
  # would stop following after a few minutes without its primary. The heartbeat
  # must be well below replica_net_timeout, whatever that is set to.
  printf "SET SESSION sql_mode = ''; STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '%s', SOURCE_PORT = 3306, SOURCE_USER = 'replication', SOURCE_PASSWORD = %s, SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 5, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 2, SOURCE_SSL = 1%s;" \
    "${source_host}" "$(sql_quote "${password}")" "${source_verify}" | here
}

# compare_transactions: sets comparison to fits if this replica may follow the
# primary, to differs if not, and to unknown if the primary does not answer. Own
# transactions are read first: the primary, read later, must have them all. What is
# received and not applied yet is in the relay log, and the primary may purge it.
compare_transactions() {
  local mine theirs purged extra lost look
  local received="COALESCE((SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), '')"
  comparison=unknown
  mine=$(here --skip-column-names --execute="SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')") || return
  # A second look after a pause: a primary sends a transaction before it counts it
  # among its own, with semi-sync by as long as a replica takes to acknowledge it.
  for look in 1 2; do
    [[ "${look}" -eq 1 ]] || sleep 2
    theirs=$(on_source --skip-column-names --execute="SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', ''), REPLACE(@@GLOBAL.gtid_purged, '\n', '')" 2>"${complaint}") || return 0
    purged="${theirs#*$'\t'}"
    theirs="${theirs%%$'\t'*}"
    extra=$(here --skip-column-names --execute="SELECT REPLACE(GTID_SUBTRACT('${mine}', '${theirs}'), '\n', '')") || return
    [[ -n "${extra}" ]] || break
  done
  lost=$(here --skip-column-names --execute="SELECT REPLACE(GTID_SUBTRACT(GTID_SUBTRACT('${purged}', '${mine}'), ${received}), '\n', '')") || return
  comparison=differs
  if [[ -n "${extra}" ]]; then
    say "ERROR: replica: this pod has transactions that the primary ${source_host} lacks: ${extra}. Replication is stopped and nothing is changed. Either they were written here by mistake, or the primary has lost them: find out which before anything is removed. To give them up, delete this pod's PersistentVolumeClaim and the pod; it is cloned anew"
  elif [[ -n "${lost}" ]]; then
    say "ERROR: replica: the primary ${source_host} no longer has the binary logs of transactions that this pod needs: ${lost}. It cannot catch up. Delete this pod's PersistentVolumeClaim and the pod; it is cloned anew"
  else
    comparison=fits
  fi
}

keep_following() {
  local status wanted
  compare_transactions || return
  if [[ "${comparison}" == differs ]]; then
    here --execute='STOP REPLICA'
    return
  fi
  wanted=$(count_wanted_sources) || return
  if [[ "${wanted}" -eq 0 ]]; then
    if [[ "${comparison}" == unknown ]]; then
      say "replica: waiting for the primary ${source_host}, before following it: $(<"${complaint}")"
      return
    fi
    follow_source || return
  fi
  status=$(here --vertical --execute='SHOW REPLICA STATUS') || return
  keep_running "${status}" 'START REPLICA'
}

# PID 1 ignores SIGTERM unless it asks for it.
trap 'log "stopping"; exit 0' TERM
while true; do
  if ! mysqladmin --no-defaults --user=probe --socket=/var/run/mysqld/mysqld.sock --connect-timeout=5 ping &>/dev/null; then
    say "waiting for the server"
  elif is_primary; then
    keep_accounts --ssl-mode=REQUIRED || log "the accounts could not be checked; trying again"
  else
    keep_following || log "replication could not be checked; trying again"
  fi
  sleep 5 &
  wait $! || true
done
