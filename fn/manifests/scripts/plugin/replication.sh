#!/usr/bin/env bash
# Container replication: makes this pod what it should be, again and again. It can be
# killed at any line, and it never forces.
#
# A replica follows the primary by GTID. One that has transactions which the primary
# lacks, or needs some that the primary purged, is stopped, reported and left as it is;
# the readiness probe takes it out of the read Service.
#
# The pod that the spec makes the primary takes writes once it has the right to, a file
# on its volume. It earns the right, and has it from then on, when all other pods of
# the set answer, take no writes, take this pod for the primary as well, and have no
# transaction that it lacks. So there is never more than one pod with the right, and
# nothing that any pod holds is left behind: not when the set starts for the first
# time, nor when the primary is moved, nor when it was lost.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=sidecar.sh
source "${BASH_SOURCE[0]%/*}/sidecar.sh"

readonly state_directory="${STATE_DIRECTORY:-/mnt/state}"
# shellcheck source=primary.sh
source "${BASH_SOURCE[0]%/*}/primary.sh"

readonly ca=/etc/mysql/tls/ca.crt
verify=(--ssl-mode=REQUIRED)
source_verify=''
if [[ -e "${ca}" ]]; then
  verify=(--ssl-mode=VERIFY_IDENTITY --ssl-ca="${ca}")
  source_verify=", SOURCE_SSL_CA = '${ca}', SOURCE_SSL_VERIFY_SERVER_CERT = 1"
fi
readonly verify source_verify
# Present, with the time, as long as this pod follows nobody because there is no primary
# that takes writes, and serves what it has: for the readiness probe. Without it a
# rollout that moves the primary would wait for its first pod to follow a primary that
# comes to be with its last.
readonly waiting="${RUN_DIRECTORY:-/var/run/mysqld}/waiting"
# What the last try to ask another pod said.
complaint=$(mktemp)
readonly complaint

# Whatever sql_mode the set's options ask for: with NO_BACKSLASH_ESCAPES '\n' would
# be no line feed.
readonly session=(--init-command="SET SESSION sql_mode = ''" --batch)
here() { mysql_as root root --protocol=socket "${session[@]}" "$@"; }
readonly local_login=(--ssl-mode=REQUIRED)
# on HOST [OPTION...]
on() {
  local host="$1"
  shift
  mysql_as replication replication --host="${host}" "${verify[@]}" "${session[@]}" "$@"
}

# change_accounts: with the statements on standard input. Each pod changes its own,
# outside the binary log. In it they would wait for a replica with semi-sync, and hold
# the lock that logging in takes meanwhile: a replica that has to log in before it can
# acknowledge them never could. Without super_read_only a replica's root may write,
# and nobody else.
change_accounts() {
  local guarded status=0
  guarded=$(here --skip-column-names --execute='SELECT @@GLOBAL.super_read_only') || return
  {
    printf 'SET SESSION sql_log_bin = 0;\n'
    if [[ "${guarded}" == 1 ]]; then printf 'SET GLOBAL super_read_only = OFF;\n'; fi
    cat
  } | here || status=$?
  if [[ "${guarded}" == 1 ]]; then here --execute='SET GLOBAL super_read_only = ON' || return; fi
  return "${status}"
}

# look COMMAND...: sets the variables read_only, takes_for_primary, uuid, committing,
# executed, purged and received to what the server of COMMAND, `here` or `on HOST`,
# says. Received are transactions that may be in its relay log only. Committing are
# those that may be in its binary log, and with replicas, but do not count as executed
# yet: with semi-sync as long as no replica acknowledged them. They are asked for first:
# meanwhile they may have become executed.
look() {
  local answer
  answer=$("$@" --skip-column-names --execute="SELECT CONCAT_WS('|', @@GLOBAL.read_only, COALESCE(@@GLOBAL.report_user, ''), @@GLOBAL.server_uuid, REPLACE(REGEXP_REPLACE(@@GLOBAL.gtid_owned, '#[0-9]+', ''), '\n', ''), REPLACE(@@GLOBAL.gtid_executed, '\n', ''), REPLACE(@@GLOBAL.gtid_purged, '\n', ''), COALESCE((SELECT REPLACE(RECEIVED_TRANSACTION_SET, '\n', '') FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), ''))" 2>"${complaint}") || {
    [[ "$1" != here ]] || cat "${complaint}" >&2
    return 1
  }
  IFS='|' read -r read_only takes_for_primary uuid committing executed purged received <<<"${answer}"
}

# lacking A B [C]: the transactions of A that neither B nor C has.
lacking() {
  here --skip-column-names --execute="SELECT REPLACE(GTID_SUBTRACT(GTID_SUBTRACT('$1', '$2'), '${3-}'), '\n', '')"
}

# forget_donors_source: a clone has the donor's configuration, which may even name this
# pod, and not the relay logs that its tables speak of.
forget_donors_source() {
  [[ -e "${state_directory}/cloned" ]] || return 0
  log "a new clone: forgetting what its donor $(<"${state_directory}/cloned") followed"
  here --execute='STOP REPLICA; RESET REPLICA ALL' || return
  rm -f "${state_directory}/cloned"
}

# count_wanted_sources HOST: 1 if the stored configuration is the one wanted, else 0. It
# is compared and not just set anew, because CHANGE REPLICATION SOURCE TO throws away
# relay logs, the only copy of what was received and not applied.
count_wanted_sources() {
  local password
  password=$(password_of replication) || return
  printf "SET SESSION sql_mode = ''; SELECT COUNT(*) FROM mysql.slave_master_info WHERE Host = '%s' AND User_name = 'replication' AND User_password = %s AND Enabled_auto_position = 1 AND Enabled_ssl = 1 AND Ssl_ca = '%s';" \
    "$1" "$(sql_quote "${password}")" "${source_verify:+${ca}}" | here --skip-column-names
}

# follow HOST [NOTE]: of which it is known that this pod may.
follow() {
  local password wanted
  wanted=$(count_wanted_sources "$1") || return
  if [[ "${wanted}" -eq 0 ]]; then
    password=$(password_of replication) || return
    log "replica: following $1"
    # SOURCE_RETRY_COUNT 0: for ever. The default is 10 from 8.4 on, and a replica
    # would stop following after a few minutes without its primary. The heartbeat
    # must be well below replica_net_timeout, whatever that is set to.
    printf "SET SESSION sql_mode = ''; STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '%s', SOURCE_PORT = 3306, SOURCE_USER = 'replication', SOURCE_PASSWORD = %s, SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 5, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 2, SOURCE_SSL = 1%s;" \
      "$1" "$(sql_quote "${password}")" "${source_verify}" | here || return
  fi
  go_on_following "${2-}"
}

# go_on_following [NOTE]: whatever it follows, which was checked when it was set.
go_on_following() {
  local status
  status=$(here --vertical --execute='SHOW REPLICA STATUS') || return
  if [[ -n "${status}" ]]; then
    keep_running "${status}" 'START REPLICA' "${1-}"
  else
    pause=1
    say "following no other pod; ${1-}"
  fi
}

# compare_with_primary: sets comparison to fits if this replica may follow the primary,
# to differs if not, to unready if the primary takes no writes yet, and to unknown if it
# does not answer. Own transactions, mine, are read first: the primary, read later, must
# have them all, or be committing them.
compare_with_primary() {
  local my_received extra lost
  comparison=unknown
  look here || return
  mine="${executed}" my_received="${received}"
  look on "${source_host}" || return 0
  if [[ "${read_only}" == 1 ]]; then
    comparison=unready
    return
  fi
  extra=$(lacking "${mine}" "${executed}" "${committing}") || return
  lost=$(lacking "${purged}" "${mine}" "${my_received}") || return
  comparison=differs
  if [[ -n "${extra}" ]]; then
    say "ERROR: replica: this pod has transactions that the primary ${source_host} lacks: ${extra}. Replication is stopped and nothing is changed. Either they were written here by mistake, or the primary has lost them: find out which before anything is removed. To give them up, delete this pod's PersistentVolumeClaim and the pod; it is cloned anew"
  elif [[ -n "${lost}" ]]; then
    say "ERROR: replica: the primary ${source_host} no longer has the binary logs of transactions that this pod needs: ${lost}. It cannot catch up. Delete this pod's PersistentVolumeClaim and the pod; it is cloned anew"
  else
    comparison=fits
  fi
}

# A replica without a primary goes on following what it followed, as the former primary
# while the primary is moved.
keep_following() {
  # A life of this script before this one may have ended in change_accounts.
  if [[ -z "${super_read_only}" ]]; then
    here --execute='SET GLOBAL super_read_only = ON' || return
    super_read_only=yes
  fi
  keep_accounts "${local_login[@]}" || log "the accounts could not be checked; trying again"
  forget_donors_source || return
  compare_with_primary || return
  case "${comparison}" in
    fits) follow "${source_host}" ;;
    differs) here --execute='STOP REPLICA' ;;
    unready)
      pause=1
      [[ -z "${mine}" && -n "${executed}" ]] || serves=yes
      go_on_following "the primary ${source_host} takes no writes yet"
      ;;
    *)
      [[ -z "${mine}" ]] || serves=yes
      go_on_following "the primary ${source_host} does not answer: $(<"${complaint}")"
      ;;
  esac
}

super_read_only=''
# PID 1 ignores SIGTERM unless it asks for it.
trap 'log "stopping"; exit 0' TERM
while true; do
  pause=5 serves=''
  if ! mysqladmin --no-defaults --user=probe --socket=/var/run/mysqld/mysqld.sock --connect-timeout=5 ping &>/dev/null; then
    say "waiting for the server"
  elif is_primary; then
    keep_primary || log "the primary could not be looked after; trying again"
  else
    keep_following || log "replication could not be checked; trying again"
  fi
  if [[ -n "${serves}" ]]; then printf '%(%s)T\n' -1 >"${waiting}"; else rm -f "${waiting}"; fi
  sleep "${pause}" &
  wait $! || true
done
