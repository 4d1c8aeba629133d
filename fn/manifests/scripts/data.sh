#!/usr/bin/env bash
# The data directory of this pod: what it is now, and how a new one comes to be.
# Sourced by the init containers, after lib.sh.
#
# A new data directory is made in a work directory on the same volume and takes
# its place by a rename, followed by a marker outside of it: it is there whole or
# not at all, at whatever line this is killed. Nothing here ever removes or
# overwrites a data directory.
#
#   mysql/                      the data directory, /var/lib/mysql of the server
#   .mysqlreplicaset/work/      where a new one is made; ours to remove
#   .mysqlreplicaset/complete   the marker: how and when the data directory came
#   .mysqlreplicaset/cloned     its replication is set up as the donor's still
#   .mysqlreplicaset/initial    what there was in it when it was initialised here
#   .mysqlreplicaset/primary    the right to take writes: see primary.sh
#   .mysqlreplicaset/aside-...  a database that was never used, after a clone took its place
#
# Further files there are what this database remembers (history.sh), and go with it.
#
# shellcheck disable=SC2310,SC2312
# SC2310: the functions used as conditions are tests.
# SC2312: substitutions inside arguments only format text.
set -euo pipefail

readonly volume="${DATA_VOLUME:-/mnt/data}"
readonly data_directory="${volume}/mysql"
readonly state_directory="${volume}/.mysqlreplicaset"
readonly work_directory="${state_directory}/work"
readonly marker="${state_directory}/complete"
# shellcheck disable=SC2034 # read by the scripts that source this file
readonly cloned="${state_directory}/cloned" right="${state_directory}/primary" initial="${state_directory}/initial"

# is_empty DIRECTORY: whether it holds nothing, or is not there. One that cannot be
# read is not empty.
is_empty() {
  local found
  [[ -e "$1" ]] || return 0
  found=$(find "$1" -mindepth 1 -maxdepth 1 -print -quit) ||
    die "cannot read $1, so it cannot be told whether it holds data. Nothing is done. Check the volume and who may read it"
  [[ -z "${found}" ]]
}

# holds_system_tables DIRECTORY: whether it is a server's data directory at all.
holds_system_tables() { [[ -s "$1/mysql.ibd" || -d "$1/mysql" ]]; }

# is_prepared DIRECTORY: whether a backup that was copied was also prepared, as its
# xtrabackup_checkpoints says (mariadb-backup calls it log-applied).
is_prepared() { grep -qE '^backup_type = (full-prepared|log-applied)$' "$1/xtrabackup_checkpoints"; }

# is_complete DIRECTORY: whether everything that a finished initialisation or
# clone leaves is there. The sys schema is the last thing --initialize makes; a
# clone under way says so in #clone.
is_complete() {
  holds_system_tables "$1" && [[ -s "$1/ibdata1" && -d "$1/sys" ]] || return 1
  [[ ! -e "$1/#clone/#status_in_progress" ]] || return 1
  [[ ! -e "$1/xtrabackup_checkpoints" ]] || is_prepared "$1"
}

# mark HOW: write the marker.
mark() { write_durably "${marker}" "$1 by ${POD_NAME:?} at $(utc)"; }

# judge_data_directory: sets data_directory_is to present or absent, or refuses.
# What has no marker is judged, not trusted.
judge_data_directory() {
  mkdir -p "${state_directory}" ||
    die "cannot write to the volume; the pod's user needs write access (fsGroup, or the volume's owner)"
  if [[ -e "${work_directory}" ]]; then
    log "found our own unfinished work of an earlier try in ${work_directory}: removing it and starting over"
    rm -rf "${work_directory}"
  fi
  if is_empty "${data_directory}"; then
    [[ ! -e "${marker}" ]] ||
      die "the volume once held a data directory ($(<"${marker}")), and it is gone. Nothing is done, since it may be the wrong volume or a damaged one. Restore it from a backup; or, if a new copy may take its place, remove ${marker}"
    data_directory_is=absent
    return
  fi
  if [[ -e "${marker}" ]]; then
    holds_system_tables "${data_directory}" ||
      die "the data directory has a marker ($(<"${marker}")) but no system tables: it was damaged. Nothing is done. Restore it from a backup"
    log "data directory is present: $(<"${marker}")"
    recognise_copy
  elif is_complete "${data_directory}"; then
    log "data directory is present without our marker, and complete: adopting it"
    mark adopted
  else
    die "the volume holds files in ${data_directory} that are not a complete MySQL data directory, and that we did not make. Nothing is done, since it may be the only copy. Look at the files; if they can go, remove them; if they are a data directory after all, create ${marker}"
  fi
  # shellcheck disable=SC2034 # read by the scripts that source this file
  data_directory_is=present
}

# recognise_copy: a volume that was another pod's, or is a copy of it. The data is kept, and
# what it remembers: it is compared with the set's before anything follows. What the other
# pod was allowed to do is not.
recognise_copy() {
  local how
  how=$(<"${marker}")
  [[ "${how##* by }" != "${POD_NAME:?} at "* ]] || return 0
  log "this volume was another pod's, or is a copy of it: ${how}. The data is kept; this pod has a server UUID of its own, and no right to take writes"
  rm -f "${right}" "${state_directory}/frozen" "${state_directory}/members"
  mark "${how}, found"
}

# forget_history: what the database before this one remembered, and what it was allowed.
forget_history() {
  local file
  for file in primary verdict seen primary-seen uuids wrote members frozen initial; do
    rm -f "${state_directory}/${file}"
  done
}

# commit_data_directory HOW: the finished work directory becomes the data directory.
commit_data_directory() {
  holds_system_tables "${work_directory}" ||
    die "the new data directory has no system tables; it is not used"
  forget_history
  [[ ! -e "${work_directory}.initial" ]] || mv -T "${work_directory}.initial" "${initial}"
  sync_volume "${volume}"
  # -T: replaces an empty directory that kubelet made for a subPath, and fails on
  # anything else.
  mv -T "${work_directory}" "${data_directory}"
  sync_volume "${volume}"
  mark "$1"
  log "data directory is complete: $(<"${marker}")"
}
