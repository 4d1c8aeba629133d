#!/usr/bin/env bash
# Container replication: makes this pod what it should be, again and again. It can be
# killed at any line, and it never forces.
#
# A replica follows, by GTID, a server that it has just compared with itself: of the same
# set, and with everything that this pod has. It can reach no other (look.sh). If the
# primary takes writes and lacks something, the two histories contradict each other: the
# replica is stopped, remembers that (history.sh), and is left as it is; the readiness
# probe takes it out of the read Service.
#
# The pod that the spec makes the primary takes writes once it has the right to, a file
# on its volume, and each time that its server starts it asks the other pods anew. See
# primary.sh.
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
readonly run_directory="${RUN_DIRECTORY:-/var/run/mysqld}"
# The ConfigMap as it is now: what changes there without a restart of the pods.
# shellcheck disable=SC2034 # for primary.sh
readonly config_map="${CONFIG_MAP:-/mnt/config-map}" right="${state_directory}/primary"
# What the readiness probe is to know: see say_standing.
readonly standing="${run_directory}/standing"
# Here while change_accounts has turned super_read_only off.
readonly guard="${run_directory}/guard"

# shellcheck source=initial.sh
source "${BASH_SOURCE[0]%/*}/initial.sh"
# shellcheck source=history.sh
source "${BASH_SOURCE[0]%/*}/history.sh"
# shellcheck source=replica.sh
source "${BASH_SOURCE[0]%/*}/replica.sh"
# shellcheck source=others.sh
source "${BASH_SOURCE[0]%/*}/others.sh"
# shellcheck source=primary.sh
source "${BASH_SOURCE[0]%/*}/primary.sh"

here() { mysql_as root root --protocol=socket "${session[@]}" "$@"; }
readonly local_login=(--ssl-mode=REQUIRED)

# change_accounts: with the statements on standard input. Each pod changes its own,
# outside the binary log. In it they would wait for a replica with semi-sync, and hold
# the lock that logging in takes meanwhile: a replica that has to log in before it can
# acknowledge them never could. Without super_read_only a replica's root may write,
# and nobody else.
change_accounts() {
  local guarded status=0
  guarded=$(here --execute='SELECT @@GLOBAL.super_read_only') || return
  [[ "${guarded}" != 1 ]] || : >"${guard}"
  {
    printf 'SET SESSION sql_log_bin = 0;\n'
    if [[ "${guarded}" == 1 ]]; then printf 'SET GLOBAL super_read_only = OFF;\n'; fi
    cat
  } | here || status=$?
  close_guard || return
  return "${status}"
}

# close_guard: super_read_only on again, if change_accounts turned it off. It may have been
# killed since, and then only this tells that no person did: see take_writes.
close_guard() {
  [[ -e "${guard}" ]] || return 0
  here --execute='SET GLOBAL super_read_only = ON' || return
  rm -f "${guard}"
}

# say_standing WORD TEXT: "follows" a primary that is there; "serves" if this pod is to be
# Ready although it follows nobody, as while there is no primary to follow; "stopped" if it
# is not, whatever its threads do.
say_standing() { printf '%(%s)T %s %s\n' -1 "$1" "$2" >"${standing}.new" && mv -T "${standing}.new" "${standing}"; }

# look_at_myself: sets the variables mine_*.
look_at_myself() {
  look here || return
  mine_uuid="${uuid}" mine_server_id="${server_id}" mine_identity="${identity}"
  mine_executed="${executed}" mine_received="${received}" mine_committing="${committing}"
  mine_read_only="${read_only}" mine_super_read_only="${super_read_only}" mine_unused="${unused}" mine_shut="${shut}"
}

# tend: one round.
log_end='' accounts_kept=-30
tend() {
  close_guard || return
  if ! is_primary; then log_end=$(binary_log_end) || return; fi
  look_at_myself || return
  remember_history || return
  if ((SECONDS - accounts_kept >= 30)); then
    if keep_accounts "${local_login[@]}"; then accounts_kept="${SECONDS}"; else log "the accounts could not be checked; trying again"; fi
  fi
  note_members || return
  keep_life || return
  # It may have begun just now.
  if [[ "${mine_shut}" == Y ]]; then look_at_myself || return; fi
  if is_primary; then keep_primary; else keep_following; fi
}

# could_not NUMBER: rounds in a row. A replica that nobody can compare with its primary is
# not to be read from without end.
could_not() {
  log "this pod could not be looked after; trying again"
  (($1 == 12)) || return 0
  log "ERROR: this pod could not be looked after for $1 rounds; the lines before say why. Mend that: until then nobody sees whether its history and another's contradict each other"
  is_primary || say_standing stopped "this pod could not be looked after; see the log of the container replication"
}

# PID 1 ignores SIGTERM unless it asks for it.
failures=0
trap 'log "stopping"; exit 0' TERM
while true; do
  pause=5
  if ! mysqladmin --no-defaults --user=probe --socket=/var/run/mysqld/mysqld.sock --connect-timeout=5 ping &>/dev/null; then
    pause=1
    say "waiting for the server"
  elif tend; then
    failures=0
  else
    ((failures += 1))
    could_not "${failures}"
  fi
  sleep "${pause}" &
  wait $! || true
done
