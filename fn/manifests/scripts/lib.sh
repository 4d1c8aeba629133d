#!/usr/bin/env bash
# What every script of the set shares: who this pod is, how it logs, where its
# passwords come from and how it asks MySQL. Sourced, never run.
#
# Names come from POD_NAME alone, so that they hold whatever a kustomize overlay
# does to the set's name, prefix, suffix or namespace: the StatefulSet and its
# headless Service have the same name, and its pods are <name>-<ordinal>.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
LC_ALL=C

utc() { TZ=UTC printf '%(%Y-%m-%dT%H:%M:%SZ)T' -1; }

# One line a step, for an operator who reads `kubectl logs`.
log() { printf '%s %s: %s\n' "$(utc)" "${0##*/}" "$*" >&2; }

# Stop and say why; kubelet tries again, with growing pauses.
die() {
  log "ERROR: $*"
  exit 1
}

POD_NAME="${POD_NAME:-}"
[[ "${POD_NAME}" =~ ^(.+)-([0-9]+)$ ]] ||
  die "POD_NAME is '${POD_NAME}'; the downward API must give the pod's name, <StatefulSet>-<ordinal>"
readonly set_name="${BASH_REMATCH[1]}"
readonly ordinal="${BASH_REMATCH[2]}"
# The pod that is the primary, or is to be. On the road of 5.7 that is pod 0 for good;
# where the spec can move it, PRIMARY_ORDINAL is always there.
# shellcheck disable=SC2034 # read by the scripts that source this file
readonly primary_ordinal="${PRIMARY_ORDINAL:-0}" primary_moves="${PRIMARY_ORDINAL:+yes}"

is_primary() { [[ "${ordinal}" -eq "${primary_ordinal}" ]]; }

# host_of ORDINAL: the stable DNS name of that pod, short, so that it holds in
# any namespace and cluster domain.
host_of() { printf '%s-%s.%s' "${set_name}" "$1" "${set_name}"; }

# sync_volume PATH: the volume of PATH. sync -f came with coreutils 8.24; the images of
# 5.7 are older.
sync_volume() { sync -f "$1" 2>/dev/null || sync; }

# write_durably FILE TEXT: whole or not at all, whatever happens to the node.
write_durably() {
  printf '%s\n' "$2" >"$1.new"
  sync_volume "$1.new"
  mv -T "$1.new" "$1"
  sync_volume "$1"
}

# read_file FILE: its text, or nothing.
read_file() { [[ ! -r "$1" ]] || printf '%s' "$(<"$1")"; }

# password_of KEY: the password KEY-password of the Secret, empty where the spec
# asked for empty passwords. A line feed at the end of the file does not count.
password_of() {
  [[ -z "${MYSQL_ALLOW_EMPTY_PASSWORD:-}" ]] || return 0
  local file="${AUTH_DIRECTORY:-/etc/mysql/auth}/$1-password" text=''
  [[ -r "${file}" ]] && text=$(<"${file}")
  [[ -n "${text}" ]] || die "the Secret of auth.secretName has no key $1-password, or it is empty; add it and delete this pod"
  [[ "${text}" != *[[:cntrl:]]* ]] || die "$1-password in the Secret of auth.secretName has a line break or another control character; remove it"
  [[ "$1" != replication || ${#text} -le 32 ]] || die "$1-password in the Secret of auth.secretName has ${#text} bytes, and MySQL takes at most 32 for replication (error 3056); shorten it"
  printf '%s' "${text}"
}

# escape QUOTE TEXT: TEXT with a backslash before each backslash and QUOTE. Letter
# by letter, because bash before 4.3, as in the image of 5.7, reads quotes within
# ${text//pattern/string} in another way.
escape() {
  local i letter escaped=''
  for ((i = 0; i < ${#2}; i++)); do
    letter="${2:i:1}"
    [[ "${letter}" != "$1" && "${letter}" != \\ ]] || escaped+=\\
    escaped+="${letter}"
  done
  printf '%s' "${escaped}"
}

# sql_quote TEXT: TEXT as an SQL string, for sessions with the sql_mode ''.
sql_quote() { printf "'%s'" "$(escape \' "$1")"; }

# client_options ACCOUNT PASSWORD: an option file for the clients.
client_options() { printf '[client]\nuser=%s\npassword="%s"\n' "$1" "$(escape \" "$2")"; }

# mysql_as ACCOUNT KEY [OPTION...]: the client as ACCOUNT, with the password of
# KEY, or none where KEY is empty; for LIMIT seconds at most, if that is set. A password
# goes through a file descriptor: never on a command line, never on a disk. Not through
# <(): the process that writes it may outlive a script that kubelet runs, and nothing in
# the mysql container reaps it.
mysql_as() {
  local account="$1" key="$2" password='' options
  # Where an older bash keeps what a descriptor reads: in memory.
  local TMPDIR=/dev/shm
  shift 2
  if [[ -n "${key}" ]]; then password=$(password_of "${key}") || return; fi
  options=$(client_options "${account}" "${password}")
  ${LIMIT:+timeout "${LIMIT}"} mysql --defaults-extra-file=/dev/fd/3 --connect-timeout=10 "$@" 3<<<"${options}"
}

# status_field NAME TEXT: one field of SHOW REPLICA STATUS, asked for with
# --vertical (the client of 9.7 knows no \G in scripts), or nothing. NAME has R for
# Replica or Slave and S for Source or Master, as the version may have it:
# R_SQL_Running, Seconds_Behind_S.
status_field() {
  local name="$1" line pattern
  [[ "${name}" == R_* ]] && name="(Replica|Slave)_${name#R_}"
  [[ "${name}" == S_* ]] && name="(Source|Master)_${name#S_}"
  [[ "${name}" == *_S ]] && name="${name%_S}_(Source|Master)"
  pattern="^[[:space:]]*${name}:[[:space:]]?(.*)$"
  while IFS= read -r line; do
    if [[ "${line}" =~ ${pattern} ]]; then
      printf '%s' "${BASH_REMATCH[${#BASH_REMATCH[@]} - 1]}"
      return
    fi
  done <<<"$2"
}
