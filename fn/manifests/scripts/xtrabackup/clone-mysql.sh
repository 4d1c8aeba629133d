#!/usr/bin/env bash
# Init container clone-mysql: a replica's data directory, from a backup that the
# pod before it streams over port 3307, and the position in the primary's binary
# log at which to follow. It leaves a complete data directory or none.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=data.sh
source "${BASH_SOURCE[0]%/*}/data.sh"
# shellcheck source=position.sh
source "${BASH_SOURCE[0]%/*}/position.sh"

# receive HOST: the stream of a backup, by whichever tool the image has. Each
# connection to 3307 starts a full backup, so nothing ever just looks whether the
# port is open.
receive() {
  if command -v socat >/dev/null; then
    socat -u "TCP:$1:3307,connect-timeout=10" STDOUT
  else
    ncat --recv-only --wait 10 "$1" 3307
  fi
}

# backup_from ORDINAL: 0 if the work directory then holds a whole, prepared backup
# and the statement that follows the primary from there.
backup_from() {
  local host position
  host=$(host_of "$1")
  mkdir -p "${work_directory}" || return 1
  log "receiving a backup from ${host}"
  if ! receive "${host}" | xbstream -x -C "${work_directory}"; then
    log "the stream from ${host} broke off, or could not be unpacked"
    return 1
  fi
  # A stream that just ends looks like a complete one; this file comes last.
  if [[ ! -s "${work_directory}/xtrabackup_checkpoints" ]]; then
    log "the backup from ${host} is not complete: it ended before xtrabackup_checkpoints"
    return 1
  fi
  log "preparing the backup"
  xtrabackup --prepare --target-dir="${work_directory}" || return 1
  if ! is_prepared "${work_directory}"; then
    log "the backup from ${host} could not be prepared: $(<"${work_directory}/xtrabackup_checkpoints")"
    return 1
  fi
  position=$(position_of_backup "${work_directory}" "$1") || return 1
  log "the backup ends at position ${position#* } of ${position% *} in the primary's binary log"
  change_source_sql "${position}" >"${work_directory}/change_master_to.sql.in"
}

if is_primary; then
  log "this pod is the primary: nothing to clone"
  exit 0
fi
judge_data_directory
[[ "${data_directory_is}" == absent ]] || exit 0

deadline=$((SECONDS + ${CLONE_TIMEOUT_SECONDS:-600}))
while true; do
  # The pod before this one, which the StatefulSet has seen Ready, then those
  # before it: that spares the primary.
  for ((donor = ordinal - 1; donor >= 0; donor--)); do
    if backup_from "${donor}"; then
      commit_data_directory "cloned from $(host_of "${donor}")"
      exit 0
    fi
    rm -rf "${work_directory}"
  done
  ((SECONDS < deadline)) || die "no pod before this one could be cloned; the lines above say why for each. Nothing is changed; trying again"
  sleep 5
done
