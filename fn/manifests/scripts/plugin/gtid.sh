#!/usr/bin/env bash
# Sets of transactions, by GTID. Sourced by a script that has the function `here`, the client
# as root of a server of its own, which does the arithmetic.
#
# A set of MySQL servers has an identity: a transaction whose UUID begins with
# identity_prefix. It changes nothing, is there from the first initialisation on, and RESET
# BINARY LOGS AND GTIDS forgets it.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail

readonly identity_prefix=00736574

# lacking A B [C]: the transactions of A that neither B nor C has. GTID sets of any length
# go through standard input.
lacking() {
  printf "SELECT REPLACE(GTID_SUBTRACT(GTID_SUBTRACT('%s', '%s'), '%s'), '\\\\n', '')" "$1" "$2" "${3-}" | here
}

# of_uuids TRANSACTIONS UUID...: those of the transactions that have one of the UUIDs.
of_uuids() {
  local one wanted found=''
  local -a all
  IFS=, read -ra all <<<"$1"
  for one in "${all[@]-}"; do
    one="${one// /}"
    for wanted in "${@:2}"; do
      [[ -z "${wanted}" || "${one}" != "${wanted}:"* ]] || found+="${found:+,}${one}"
    done
  done
  printf '%s' "${found}"
}

# data_of TRANSACTIONS: without the identity, which is no data.
data_of() {
  local one found=''
  local -a all
  IFS=, read -ra all <<<"$1"
  for one in "${all[@]-}"; do
    [[ "${one}" == "${identity_prefix}"* ]] || found+="${found:+,}${one}"
  done
  printf '%s' "${found}"
}

# last_number UUID TRANSACTIONS: the highest number of that UUID, or 0.
last_number() {
  local one number=0 part
  local -a all parts
  IFS=, read -ra all <<<"$2"
  for one in "${all[@]-}"; do
    one="${one// /}"
    [[ "${one}" == "$1:"* ]] || continue
    IFS=: read -ra parts <<<"${one#*:}"
    for part in "${parts[@]}"; do
      part="${part##*-}"
      [[ ! "${part}" =~ ^[0-9]+$ ]] || ((part <= number)) || number="${part}"
    done
  done
  printf '%s' "${number}"
}

# latest_identity TRANSACTIONS: the transaction among them that is the set's identity, as
# UUID:NUMBER, or nothing: an older set has none. A set that was made of another's has
# both; the highest number counts.
latest_identity() {
  local rest="$1" found='' highest=0 pattern="(${identity_prefix}(-[0-9a-f]+){4}):([0-9]+-)*([0-9]+)"
  while [[ "${rest}" =~ ${pattern} ]]; do
    if ((BASH_REMATCH[4] > highest)); then
      found="${BASH_REMATCH[1]}" highest="${BASH_REMATCH[4]}"
    fi
    rest="${rest#*"${BASH_REMATCH[0]}"}"
  done
  printf '%s' "${found:+${found}:${highest}}"
}

identity_of() {
  local latest
  latest=$(latest_identity "$1")
  printf '%s' "${latest%:*}"
}

number_of_identity() {
  local latest
  latest=$(latest_identity "$1")
  printf '%d' "${latest##*:}"
}

# new_identity NUMBER: as a transaction. No server makes such a UUID by itself: it is of
# version 8, RFC 9562, and of no time.
new_identity() {
  local random
  random=$(new_uuid) || return
  printf '%s-%s-8%s-a%s-%s:%d' "${identity_prefix}" "${random:9:4}" "${random:15:3}" "${random:20:3}" "${random:24}" "$1"
}

# new_uuid: random, of version 4.
new_uuid() { cat /proc/sys/kernel/random/uuid; }

# name_of_set IDENTITY: for a message.
name_of_set() { printf '%s' "${1:-none (of a release before identities)}"; }
