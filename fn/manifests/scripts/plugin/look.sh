#!/usr/bin/env bash
# What a pod asks the servers of the set, its own and the others'. Sourced, after lib.sh, by
# a script that has the function `here`, the client as root of a server of its own.
#
# Each server has, beside its transactions:
#
#   identity  of the set: a transaction that only this set has, made with the first database
#             and in every clone (gtid.sh).
#   life      one run of one server, as its loop saw it start. Receivers and clones log in
#             with an account (receiver, donor) whose password belongs to one life, and
#             which the server locks when it starts (start.sql). So whatever they reach,
#             by whatever address or name, is what was looked at before, or refuses them.
#
# The pod publishes what is not in MySQL's own variables as attributes of the account
# replication, which the others log in with and can read of themselves:
# https://dev.mysql.com/doc/refman/9.7/en/information-schema-user-attributes-table.html
#
# shellcheck disable=SC2034,SC2310,SC2312
# SC2034: the variables are read by the scripts that source this file.
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=gtid.sh
source "${BASH_SOURCE[0]%/*}/gtid.sh"

readonly attributes=(life uuid home copy verdict errant harmless unused wrote tables members)
# Where this pod's set is. Another set may have the same name elsewhere, or the same history.
readonly my_home="${POD_NAMESPACE:-}/${set_name:?}"

readonly ca="${TLS_DIRECTORY:-/etc/mysql/tls}/ca.crt"
verify=(--ssl-mode=REQUIRED)
[[ ! -e "${ca}" ]] || verify=(--ssl-mode=VERIFY_IDENTITY --ssl-ca="${ca}")
readonly verify
# Whatever sql_mode the set's options ask for: with NO_BACKSLASH_ESCAPES '\n' would
# be no line feed.
readonly session=(--init-command="SET SESSION sql_mode = ''" --batch --skip-column-names)
# What the last try to ask another pod said.
readonly complaint="${TMPDIR:-/tmp}/complaint"

# on HOST [OPTION...]: the client as the account replication of another pod. Its server
# may hang, or its node: then that is the answer.
on() {
  local host="$1"
  shift
  LIMIT=8 mysql_as replication replication --host="${host}" --connect-timeout=3 "${verify[@]}" "${session[@]}" "$@"
}

# look_sql [EXPRESSION]: what servers are asked; EXPRESSION is what only a pod's own is.
look_sql() {
  local attribute
  printf "SELECT CONCAT_WS('|', %s, @@GLOBAL.read_only, @@GLOBAL.super_read_only, " "${1:-'-'}"
  printf "COALESCE(@@GLOBAL.report_user, ''), @@GLOBAL.server_uuid, @@GLOBAL.server_id, "
  # Committing are transactions that may be in the binary log, and with replicas, but do
  # not count as executed yet: with semi-sync as long as no replica acknowledged them.
  # They are asked for first: meanwhile they may have become executed.
  printf "REPLACE(REGEXP_REPLACE(@@GLOBAL.gtid_owned, '#[0-9]+', ''), '\\\\n', ''), REPLACE(@@GLOBAL.gtid_executed, '\\\\n', ''), REPLACE(@@GLOBAL.gtid_purged, '\\\\n', ''), "
  # Received are transactions that may be in the relay log only.
  printf "COALESCE((SELECT REPLACE(RECEIVED_TRANSACTION_SET, '\\\\n', '') FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), '')"
  for attribute in "${attributes[@]}"; do printf ", COALESCE(ATTRIBUTE->>'$.%s', '')" "${attribute}"; done
  # A row also where the account is missing.
  printf ") FROM (SELECT 1) AS one LEFT JOIN information_schema.USER_ATTRIBUTES ON USER = 'replication' AND HOST = '%%'"
}

# look COMMAND...: sets the variables below to what the server of COMMAND, `here` or `on
# HOST`, says. It fails if the server does not answer, and says why in the file complaint.
# shut is Y as long as this pod's server, since it started, lets nobody follow or clone it.
look() {
  local answer statement expression=''
  [[ "$1" != here ]] || expression="(SELECT IF(COUNT(*) = 2, 'N', 'Y') FROM mysql.user WHERE User IN ('receiver', 'donor') AND Host = '%' AND account_locked = 'N')"
  statement=$(look_sql "${expression}")
  answer=$("$@" --execute="${statement}" 2>"${complaint}") || {
    [[ "$1" != here ]] || cat "${complaint}" >&2
    return 1
  }
  heard "${answer}"
}

# heard ANSWER: sets the variables to what a server answered to look_sql.
heard() {
  IFS='|' read -r shut read_only super_read_only takes_for_primary uuid server_id committing executed purged received \
    life published_by home copy verdict errant harmless unused wrote tables members <<<"$1"
  identity=$(identity_of "${executed}")
}

# is_from_elsewhere: whether the server just looked at is of another set, by its namespace and
# name, or by its history. A database that was never used has none.
is_from_elsewhere() {
  [[ -z "${home}" || "${home}" == "${my_home}" ]] || return 0
  [[ -n "${identity}" && -n "$1" && "${identity}" != "$1" ]]
}

# has_spoken: whether what the server just looked at publishes is of this server. It is
# not yet right after a start or a clone. One of a release before this one says nothing.
has_spoken() { [[ "${published_by}" == "${uuid}" || -z "${published_by}" ]]; }

# ask HOST...: looks at all of them at once. Sets, by host, answer_of to what a pod of this set
# said, to be heard; or else why_not to why there is none, and home_of to where its set is if
# that is another.
declare -A answer_of why_not home_of
ask() {
  local host answers process statement
  local -a processes=()
  answer_of=() why_not=() home_of=()
  answers=$(mktemp -d) || return
  statement=$(look_sql)
  for host in "$@"; do
    on "${host}" --execute="${statement}" >"${answers}/${host}" 2>"${answers}/${host}.error" &
    processes+=("$!")
  done
  # Whether one failed, its files tell.
  for process in "${processes[@]}"; do wait "${process}" || true; done
  for host in "$@"; do
    if [[ ! -s "${answers}/${host}" ]]; then
      why_not[${host}]="does not answer: $(<"${answers}/${host}.error")"
    elif ! heard "$(<"${answers}/${host}")" || ! has_spoken; then
      why_not[${host}]='has just started'
    elif is_from_elsewhere ''; then
      home_of[${host}]="${home}"
      why_not[${host}]="does not answer: the name leads to a server of another set, ${home}"
    else
      answer_of[${host}]=$(<"${answers}/${host}")
    fi
  done
  rm -rf "${answers}"
}

# password_of_life LIFE: of the accounts receiver and donor of a server in that life.
# Only who has the Secret can tell it; it has 32 letters, the most that replication takes.
password_of_life() {
  local password sum
  password=$(password_of replication) || return
  sum=$(printf '%s %s' "$1" "${password}" | sha256sum) || return
  printf '%s' "${sum:0:32}"
}
