#!/usr/bin/env bash
# Init container clone-mysql: a replica's data directory, cloned from another pod
# by MySQL's clone plugin. It leaves a complete data directory or none.
#
# The server that receives the clone is a throw-away: it lives in an emptyDir,
# listens on a socket only, and writes the clone into the work directory on the
# volume, so that nothing has to be restarted and nothing is replaced.
# https://dev.mysql.com/doc/refman/9.7/en/clone-plugin-remote.html
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=data.sh
source "${BASH_SOURCE[0]%/*}/data.sh"

readonly recipient_directory="${TMPDIR:-/tmp}/recipient"
# The pod's own options apply (the page size must be the donor's), but for these.
readonly recipient=(
  mysqld --datadir="${recipient_directory}/data"
  --socket="${recipient_directory}/mysqld.sock" --pid-file="${recipient_directory}/mysqld.pid"
  --skip-networking --skip-log-bin --super-read-only=OFF --read-only=OFF
  --innodb-buffer-pool-size=128M --loose-innodb-redo-log-capacity=64M
)

start_recipient() {
  log "starting a throw-away server to receive the clone"
  # One that an earlier try left: the emptyDir outlives the container.
  rm -rf "${recipient_directory}"
  mkdir "${recipient_directory}"
  "${recipient[@]}" --initialize-insecure
  "${recipient[@]}" &
  recipient_process=$!
  until mysqladmin --no-defaults --user=root --socket="${recipient_directory}/mysqld.sock" ping &>/dev/null; do
    kill -0 "${recipient_process}" 2>/dev/null || die "the throw-away server stopped; its last lines are above"
    sleep 0.5
  done
}

# donors: host names in the order to try: the pod before this one, then those before
# it, which spares the primary, then those after it. All pods may have been started at
# once, so the pod before gets a minute to come up before others are asked.
donors() {
  local other
  if [[ "${ordinal}" -gt 0 && -z "${failed}" && "${SECONDS}" -lt "${DONOR_TIMEOUT_SECONDS:-60}" ]]; then
    host_of "$((ordinal - 1))"
    return
  fi
  for ((other = ordinal - 1; other >= 0; other--)); do printf '%s\n' "$(host_of "${other}")"; done
  for ((other = ordinal + 1; other <= ordinal + 3; other++)); do
    getent hosts "$(host_of "${other}")" >/dev/null && printf '%s\n' "$(host_of "${other}")"
  done
  return 0
}

report_progress() {
  local megabytes
  while sleep 30; do
    megabytes=$(du -sm "${work_directory}" 2>/dev/null || true)
    log "cloning: ${megabytes%%[[:space:]]*} MiB so far"
  done
}

# clone_from HOST: 0 if the work directory then holds the whole clone.
clone_from() {
  local reporter result=0
  log "cloning from $1"
  report_progress &
  reporter=$!
  {
    printf "SET SESSION sql_mode = '';\n"
    printf "SET GLOBAL clone_valid_donor_list = '%s:3306';\n" "$1"
    [[ ! -e /etc/mysql/tls/ca.crt ]] || printf "SET GLOBAL clone_ssl_ca = '/etc/mysql/tls/ca.crt';\n"
    printf "CLONE INSTANCE FROM 'clone'@'%s':3306 IDENTIFIED BY %s DATA DIRECTORY = '%s' REQUIRE SSL;\n" \
      "$1" "${quoted_password}" "${work_directory}"
  } | mysql --no-defaults --user=root --socket="${recipient_directory}/mysqld.sock" || result=1
  kill "${reporter}" 2>/dev/null || true
  return "${result}"
}

if is_primary; then
  log "this pod is the primary: nothing to clone"
  exit 0
fi
judge_data_directory
[[ "${data_directory_is}" == absent ]] || exit 0

password=$(password_of replication)
quoted_password=$(sql_quote "${password}")
start_recipient
deadline=$((SECONDS + ${CLONE_TIMEOUT_SECONDS:-600}))
failed='' # whether a donor that answered could not be cloned
silent='' # donors that were said not to answer
while true; do
  for donor in $(donors); do
    # Exit status 0 also for "access denied": a server answers.
    if ! mysqladmin --no-defaults --host="${donor}" --connect-timeout=5 ping &>/dev/null; then
      [[ " ${silent} " == *" ${donor} "* ]] || log "${donor} does not answer; trying again"
      silent+=" ${donor}"
      continue
    fi
    if clone_from "${donor}"; then
      kill -TERM "${recipient_process}"
      wait "${recipient_process}" || log "the throw-away server did not shut down cleanly, which does not matter"
      rm -rf "${recipient_directory}"
      printf '%s\n' "${donor}" >"${cloned}"
      commit_data_directory "cloned from ${donor}"
      exit 0
    fi
    log "the clone from ${donor} failed, for the reason above"
    failed=yes
    rm -rf "${work_directory}"
  done
  ((SECONDS < deadline)) || die "no pod of the set could be cloned; the lines above say why for each. Nothing is changed; trying again"
  sleep 2
done
