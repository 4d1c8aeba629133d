#!/usr/bin/env bash
# Container xtrabackup: sends backups to pods that ask on port 3307, and makes
# this pod what its ordinal says, again and again. On the primary the set's
# account is there with the Secret's password; a replica follows the primary by
# file and position. It can be killed at any line.
#
# shellcheck disable=SC2119,SC2310,SC2312
# SC2119: keep_accounts takes options to log in with, and here needs none.
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=sidecar.sh
source "${BASH_SOURCE[0]%/*}/sidecar.sh"

readonly send_backup="bash ${BASH_SOURCE[0]%/*}/send-backup.sh"
cd "${DATA_DIRECTORY:-/var/lib/mysql}"

here() { mysql_as root root --host=127.0.0.1 --batch "$@"; }
# On the primary, through the binary log, so that the replicas get the change as well.
change_accounts() { here; }

# One backup at a time. ncat may die after a transfer (nmap/nmap#2506), so the
# loop looks after it.
backup_server=''
serve_backups() {
  [[ -n "${backup_server}" ]] && kill -0 "${backup_server}" 2>/dev/null && return
  [[ -z "${backup_server}" ]] || log "the backup server stopped; starting it again"
  if command -v socat >/dev/null; then
    socat -U TCP-LISTEN:3307,reuseaddr,fork,max-children=1 "EXEC:${send_backup}" &
  else
    ncat --listen --keep-open --send-only --max-conns=1 3307 -c "${send_backup}" &
  fi
  backup_server=$!
  log "sending backups on port 3307"
}

# renew_password: the Secret has another password than the one that is stored. The
# position stays: it is only given up with a new MASTER_HOST or MASTER_PORT. A changed
# Secret takes a minute to reach the pod; each password is tried once.
renewed_with=''
renew_password() {
  local password
  password=$(password_of replication) || return
  [[ "${password}" != "${renewed_with}" ]] || return 0
  renewed_with="${password}"
  log "replica: the primary refuses the stored password; taking the Secret's"
  printf "SET SESSION sql_mode = ''; STOP SLAVE; CHANGE MASTER TO MASTER_PASSWORD=%s; START SLAVE;" \
    "$(sql_quote "${password}")" | here
}

# change_master_to.sql.in came with the clone. The source is set but not started
# before the file is renamed, so that this can be done again from the start as
# long as the file is there, and never after. RESET SLAVE ALL forgets what the
# donor followed, which was copied with its tables.
begin_following() {
  local password
  password=$(password_of replication) || return
  log "replica: following ${source_host} from the clone's position: $(<change_master_to.sql.in)"
  printf "SET SESSION sql_mode = ''; STOP SLAVE; RESET SLAVE ALL; %s, MASTER_HOST='%s', MASTER_USER='replication', MASTER_PASSWORD=%s, MASTER_CONNECT_RETRY=5, MASTER_HEARTBEAT_PERIOD=2;" \
    "$(<change_master_to.sql.in)" "${source_host}" "$(sql_quote "${password}")" | here || return
  sync
  mv change_master_to.sql.in change_master_to.sql.orig
}

keep_following() {
  local status
  [[ ! -e change_master_to.sql.in ]] || begin_following || return
  status=$(here --vertical --execute='SHOW SLAVE STATUS') || return
  if [[ -z "$(status_field R_SQL_Running "${status}")" ]]; then
    say "ERROR: replica: it follows no primary, and the position to follow from is not known. Nothing is changed. Delete this pod's PersistentVolumeClaim and the pod; it is cloned anew"
    return
  fi
  keep_running "${status}" 'START SLAVE' || return
  # 1045: access denied.
  if [[ "$(status_field R_IO_Running "${status}")" == Connecting && "$(status_field Last_IO_Errno "${status}")" == 1045 ]]; then
    renew_password
  fi
}

# PID 1 ignores SIGTERM unless it asks for it.
trap 'log "stopping"; exit 0' TERM
while true; do
  if ! mysqladmin --host=127.0.0.1 --connect-timeout=5 ping &>/dev/null; then
    say "waiting for the server"
  else
    serve_backups
    if is_primary; then
      keep_accounts || log "the accounts could not be checked; trying again"
    else
      keep_following || log "replication could not be checked; trying again"
    fi
  fi
  sleep 5 &
  wait $! || true
done
