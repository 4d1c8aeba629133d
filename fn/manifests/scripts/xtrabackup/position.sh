#!/usr/bin/env bash
# Where in the primary's binary log a backup ends. Sourced. Pure text, no server.
#
# XtraBackup leaves two files, in forms that differ by version:
#   xtrabackup_binlog_info  the donor's own position: FILE TAB POSITION, and with
#                           GTIDs TAB SET, which may go on over more lines
#   xtrabackup_slave_info   the donor's position in ITS source's log, empty or
#                           absent if it has none: CHANGE MASTER TO
#                           MASTER_LOG_FILE='FILE', MASTER_LOG_POS=POSITION, with
#                           or without a semicolon; with GTIDs SET GLOBAL
#                           gtid_purged='...'; before it and MASTER_AUTO_POSITION=1
#                           instead; one statement a channel
# https://docs.percona.com/percona-xtrabackup/2.4/xtrabackup_bin/replication.html
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail

# position_of_binlog_info TEXT: "FILE POSITION", or 1.
position_of_binlog_info() {
  local file position rest
  read -r file position rest <<<"$1"
  [[ -n "${file}" && "${position}" =~ ^[0-9]+$ ]] || return 1
  printf '%s %s' "${file}" "${position}"
}

# position_of_slave_info TEXT: "FILE POSITION", or 1 if there is none, or if it is
# not one that a single source's file and position describe.
position_of_slave_info() {
  local pattern="(MASTER|SOURCE)_LOG_FILE[[:space:]]*=[[:space:]]*'([^']+)'[[:space:]]*,[[:space:]]*(MASTER|SOURCE)_LOG_POS[[:space:]]*=[[:space:]]*([0-9]+)"
  [[ "$1" =~ ${pattern} ]] || return 1
  local file="${BASH_REMATCH[2]}" position="${BASH_REMATCH[4]}" rest="${1#*"${BASH_REMATCH[0]}"}"
  [[ ! "${rest}" =~ ${pattern} && "$1" != *"FOR CHANNEL"* ]] || return 1
  printf '%s %s' "${file}" "${position}"
}

# position_of_backup DIRECTORY DONOR: "FILE POSITION" in the primary's log. The
# primary's own position counts if it is the donor, and the position at which the
# donor followed if it is a replica; a replica that follows nothing cannot be one.
position_of_backup() {
  local binlog_info='' slave_info=''
  [[ ! -e "$1/xtrabackup_binlog_info" ]] || binlog_info=$(<"$1/xtrabackup_binlog_info")
  [[ ! -e "$1/xtrabackup_slave_info" ]] || slave_info=$(<"$1/xtrabackup_slave_info")
  if [[ "$2" -eq "${primary_ordinal:?}" ]]; then
    position_of_binlog_info "${binlog_info}" && return
    log "the backup of the primary has no usable xtrabackup_binlog_info: '${binlog_info}'. Does the primary write a binary log?"
  else
    position_of_slave_info "${slave_info}" && return
    log "the backup of pod ${2} has no usable xtrabackup_slave_info: '${slave_info}'. Does that pod follow the primary, by file and position?"
  fi
  return 1
}

# change_source_sql "FILE POSITION": the beginning of the statement that follows
# the primary from there; the sidecar adds who and where.
change_source_sql() {
  printf 'CHANGE MASTER TO MASTER_LOG_FILE=%s, MASTER_LOG_POS=%s' "$(sql_quote "${1% *}")" "${1##* }"
}
