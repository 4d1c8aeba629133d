#!/usr/bin/env bash
# Init container clone-mysql: a replica's data directory, cloned from another pod
# by MySQL's clone plugin. It leaves a complete data directory or none.
#
# The server that receives the clone is a throw-away: it lives in an emptyDir,
# listens on a socket only, and writes the clone into the work directory on the
# volume, so that nothing has to be restarted and nothing is replaced.
# https://dev.mysql.com/doc/refman/9.7/en/clone-plugin-remote.html
#
# Pods are looked at before one of them is cloned: only a pod with the set's history is a
# donor, and only in the life in which it was looked at (look.sh).
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=data.sh
source "${BASH_SOURCE[0]%/*}/data.sh"
# shellcheck source=initial.sh
source "${BASH_SOURCE[0]%/*}/initial.sh"

readonly configuration="${BASH_SOURCE[0]%/*}"
readonly throw_away="${TMPDIR:-/tmp}/recipient"
# The pod's own options apply (the page size must be the donor's), but for these.
readonly server_options=(
  --socket="${throw_away}/mysqld.sock" --pid-file="${throw_away}/mysqld.pid"
  --skip-networking --skip-log-bin --super-read-only=OFF --read-only=OFF --init-file=/dev/null
  --innodb-buffer-pool-size=128M --loose-innodb-redo-log-capacity=64M
)

# start_server DATA_DIRECTORY: one that only this script can reach.
start_server() {
  mysqld --datadir="$1" "${server_options[@]}" &
  server_process=$!
  until mysqladmin --no-defaults --user=root --socket="${throw_away}/mysqld.sock" ping &>/dev/null; do
    kill -0 "${server_process}" 2>/dev/null || die "the throw-away server stopped; its last lines are above"
    sleep 0.5
  done
}

stop_server() {
  kill -TERM "${server_process}"
  wait "${server_process}" || log "the throw-away server did not shut down cleanly, which does not matter"
}

start_recipient() {
  log "starting a throw-away server to receive the clone"
  # One that an earlier try left: the emptyDir outlives the container.
  rm -rf "${throw_away}"
  mkdir "${throw_away}"
  mysqld --datadir="${throw_away}/data" "${server_options[@]}" --initialize-insecure
  start_server "${throw_away}/data"
}

# The recipient's root has no password.
here() { mysql --no-defaults --user=root --socket="${throw_away}/mysqld.sock" "${session[@]}"; }

# hosts: of all other pods: as many as the ConfigMap counted when this pod was started, and
# some beyond, if they have an address.
hosts() {
  local other expected
  expected=$(<"${configuration}/replicas") || return
  for ((other = 0; other < expected + 3; other++)); do
    [[ "${other}" -ne "${ordinal}" ]] || continue
    ((other < expected)) || getent hosts "$(host_of "${other}")" >/dev/null || continue
    printf '%s\n' "$(host_of "${other}")"
  done
}

# survey: looks at all pods at once, and sets data_holders to those with data, which must be
# of one set.
survey() {
  local host holders='' identities=''
  local -a all
  mapfile -t all < <(hosts)
  ask "${all[@]}" || return
  for host in "${all[@]}"; do
    if [[ -n "${home_of[${host}]-}" ]]; then
      why_not[${host}]="ERROR: it is of another set, ${home_of[${host}]}, and this pod is of ${my_home}. Check the cluster's DNS"
    fi
    [[ -n "${answer_of[${host}]-}" ]] || continue
    heard "${answer_of[${host}]}"
    [[ -z "${unused}" ]] || continue
    holders+=" ${host}"
    if [[ -n "${identity}" && "${identities}" != *"${identity}"* ]]; then
      identities+=" ${identity}"
    fi
  done
  data_holders="${holders# }"
  [[ "${identities# }" != *' '* ]] ||
    die "the pods that answer are of different sets: ${identities# } (in this order: ${data_holders}). Nothing is cloned. Check the cluster's DNS and whose volumes these are"
}

# is_donor HOST: whether its data may be cloned; if not, sets why_not.
is_donor() {
  local primary difference
  primary=$(host_of "${primary_ordinal:?}")
  if [[ -z "${answer_of[$1]-}" ]]; then return 1; fi
  heard "${answer_of[$1]}"
  if [[ -n "${unused}" && -n "${data_holders}" ]]; then
    why_not[$1]="its database was never used, and ${data_holders} have data"
  elif [[ "${verdict}" == reset* ]]; then
    why_not[$1]="its history was reset"
  elif [[ -n "${tables}" && "$(read_file "${configuration}/other-engines")" != Empty ]]; then
    why_not[$1]="ERROR: it has tables that the clone plugin does not copy, since their engine is not InnoDB: ${tables}. They would be empty here. Convert them (ALTER TABLE ... ENGINE = InnoDB), or accept that with spec.clone.otherEngines: Empty"
  elif [[ "$1" == "${primary}" ]]; then
    return 0
  elif [[ -n "${verdict}" ]]; then
    why_not[$1]="it has diverged: ${verdict}"
  else
    difference="${executed}"
    # Read later, it must have it all. One that does not answer, or lost its data, is no
    # measure.
    look on "${primary}" && has_spoken || return 0
    [[ -z "${unused}" || -z "${data_holders}" ]] || return 0
    difference=$(lacking "${difference}" "${executed}" "${committing}") || return
    [[ -n "${difference}" ]] || return 0
    why_not[$1]="the primary ${primary} lacks what it has: ${difference}"
  fi
  return 1
}

# donors: host names in the order to try: the pod before this one, then those before
# it, which spares the primary, then those after it. All pods may have been started at
# once, so the pod before gets a minute to come up before others are asked.
donors() {
  local other host
  if [[ "${ordinal}" -gt 0 && -z "${failed}" && "${SECONDS}" -lt "${DONOR_TIMEOUT_SECONDS:-60}" ]]; then
    host_of "$((ordinal - 1))"
    return
  fi
  for ((other = ordinal - 1; other >= 0; other--)); do printf '%s\n' "$(host_of "${other}")"; done
  for host in $(hosts); do
    other="${host%%.*}"
    ((${other##*-} < ordinal)) || printf '%s\n' "${host}"
  done
}

report_progress() {
  local megabytes
  while sleep 30; do
    megabytes=$(du -sm "${work_directory}" 2>/dev/null || true)
    log "cloning: ${megabytes%%[[:space:]]*} MiB so far"
  done
}

# clone_from HOST: which was looked at just before. 0 if the work directory then holds the
# whole clone.
clone_from() {
  local reporter result=0 account=donor password
  heard "${answer_of[$1]}"
  if [[ -n "${life}" ]]; then
    password=$(password_of_life "${life}") || return
  else
    # Of the release before lives.
    account=clone
    password=$(password_of replication) || return
  fi
  log "cloning from $1 (identity of the set: $(name_of_set "${identity}"))${tables:+; empty in the clone, as spec.clone.otherEngines says, are ${tables}}"
  report_progress &
  reporter=$!
  {
    printf "SET SESSION sql_mode = '';\n"
    printf "SET GLOBAL clone_valid_donor_list = '%s:3306';\n" "$1"
    [[ ! -e "${ca}" ]] || printf "SET GLOBAL clone_ssl_ca = '%s';\n" "${ca}"
    printf "CLONE INSTANCE FROM '%s'@'%s':3306 IDENTIFIED BY %s DATA DIRECTORY = '%s' REQUIRE SSL;\n" \
      "${account}" "$1" "$(sql_quote "${password}")" "${work_directory}"
  } | here || result=1
  kill "${reporter}" 2>/dev/null || true
  return "${result}"
}

# was_never_used: whether the data directory here is one that was initialised, never took
# writes as the primary's, and has nothing beyond that. Its own server is asked, since only
# that can tell.
was_never_used() {
  local unused=''
  may_be_unused || return 1
  log "this pod's database was initialised here, and never was a primary's: looking whether it was ever used"
  rm -rf "${throw_away}"
  mkdir "${throw_away}"
  start_server "${data_directory}"
  if has_nothing_more mysql_as root root --socket="${throw_away}/mysqld.sock" --batch --skip-column-names; then unused=yes; fi
  stop_server
  [[ -n "${unused}" ]]
}

# set_aside: the database that was never used gives place to a clone. It is kept.
set_aside() {
  local aside
  aside="${state_directory}/aside-$(utc)"
  log "this pod's database was never used, and the set has its data on ${data_holders}: setting it aside as ${aside}; it can be removed"
  # Without its marker first: a data directory that is there is judged again.
  rm -f "${marker}"
  mv -T "${data_directory}" "${aside}"
  sync_volume "${volume}"
}

if is_primary; then
  log "this pod is the primary: nothing to clone"
  exit 0
fi
judge_data_directory
if [[ "${data_directory_is}" == present ]]; then
  was_never_used || exit 0
  survey
  [[ -n "${data_holders}" ]] || exit 0
  set_aside
fi

password_of replication >/dev/null
start_recipient
deadline=$((SECONDS + ${CLONE_TIMEOUT_SECONDS:-600}))
failed='' # whether a donor that answered could not be cloned
declare -A told=()
while true; do
  survey
  for donor in $(donors); do
    if ! is_donor "${donor}"; then
      [[ "${told[${donor}]-}" == "${why_not[${donor}]}" ]] || log "${donor} is not cloned: ${why_not[${donor}]}"
      told[${donor}]="${why_not[${donor}]}"
      # It answers, so there is no point in waiting for it.
      [[ -z "${answer_of[${donor}]-}" ]] || failed=yes
      continue
    fi
    if clone_from "${donor}"; then
      stop_server
      rm -rf "${throw_away}"
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
