#!/usr/bin/env bash
# Init container init-mysql: this pod's configuration, from its ordinal, and on
# the primary the data directory, if this is the set's very first start.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=data.sh
source "${BASH_SOURCE[0]%/*}/data.sh"
# shellcheck source=accounts.sh
source "${BASH_SOURCE[0]%/*}/accounts.sh"
# shellcheck source=initial.sh
source "${BASH_SOURCE[0]%/*}/initial.sh"

readonly config_map="${BASH_SOURCE[0]%/*}"
readonly conf=/etc/mysql/conf.d

# The options and scripts that this pod runs with from here on, whatever happens
# to the ConfigMap before the pod is started anew: a rolling update stays one.
write_configuration() {
  local role=replica
  is_primary && role=primary
  rm -f "${conf}"/*.cnf
  cp "${config_map}/${role}.cnf" "${config_map}"/*.sh "${conf}/"
  # What clone-mysql and the server read there.
  [[ -z "${primary_moves}" ]] || cp "${config_map}/start.sql" "${config_map}/replicas" "${config_map}/other-engines" "${conf}/"
  # From 100, as on the tutorial's page: 0 is reserved, and the id tells the ordinal.
  printf '[mysqld]\nserver_id=%d\nreport_host=%s\n' \
    "$((100 + ordinal))" "$(host_of "${ordinal}")" >"${conf}/server-id.cnf"
  log "this pod is the ${role}: server_id $((100 + ordinal)), options of ${role}.cnf"
}

# name_of ADDRESS: the pod with that address, or the address.
name_of() {
  local other address
  for ((other = 0; other < 20; other++)); do
    address=$(getent hosts "$(host_of "${other}")" || true)
    [[ "${address%% *}" == "$1" ]] && printf '%s-%d' "${set_name}" "${other}" && return
  done
  printf '%s' "$1"
}

# Where the primary can move, every server starts read-only, and the primary's loop lets it
# take writes later, if it has the right to, a file on the volume (primary.sh). A pod that is
# no longer the primary gives it up.
write_right() {
  local line
  [[ -n "${primary_moves}" ]] || return 0
  {
    # No server asks for this option. It tells other pods, over SQL, which pod this one
    # takes for the primary.
    printf 'report_user=primary:%d\n' "${primary_ordinal}"
    # Before it listens, the server shuts out receivers and clones that knew a former life
    # of it: look.sh.
    printf 'init_file=%s/start.sql\n' "${conf}"
  } >>"${conf}/server-id.cnf"
  if ! is_primary; then
    [[ ! -e "${right}" ]] || log "this pod is no longer the primary: giving up the right to take writes ($(<"${right}"))"
    rm -f "${right}" "${state_directory}/frozen"
    sync_volume "${volume}"
    return
  fi
  if [[ -e "${right}" ]]; then
    log "this pod has the right to take writes, and asks the other pods first: $(<"${right}")"
  else
    log "this pod is to be the primary; it takes writes once all other pods of the set agree, see the container replication"
  fi
  # Until it takes writes nothing that it does waits for replicas: what it applies was
  # acknowledged elsewhere.
  while IFS= read -r line; do
    [[ "${line}" =~ ^loose_rpl_semi_sync_(source|master)_enabled= ]] || printf '%s\n' "${line}"
  done <"${config_map}/primary.cnf" >"${conf}/primary.cnf"
}

# A server UUID of this pod's own, made when the server starts: whatever volume comes back,
# an older one, a copy, another pod's, no number is given to two transactions.
renew_uuid() {
  rm -f "${data_directory}/auto.cnf"
}

# The primary's volume is empty. On the set's first start that is right; later it
# means that the primary's data is lost, and an empty primary must not take the
# place of what the replicas still hold. The headless Service publishes pods that
# are not Ready, so its DNS record tells: once it shows this pod it is up to date.
#
# A pod that exists and does not answer may hold data or none, as when all start at
# once. Where the primary can move, a new database does no harm then: it takes no
# writes before every other pod was heard.
refuse_if_peers_exist() {
  local address published peers holders cure own="${POD_IPS:?}" deadline=$((SECONDS + ${PEER_TIMEOUT_SECONDS:-120}))
  log "the primary's volume is empty: looking for pods that hold data before a new database is initialised"
  while true; do
    published='' peers=() holders=()
    while read -r address _; do
      if [[ ",${own}," == *",${address},"* ]]; then
        published=yes
      elif [[ " ${peers[*]-} " != *" ${address} "* ]]; then
        peers+=("${address}")
      fi
    done < <(getent ahosts "${set_name}" || true)
    if [[ -n "${published}" && ${#peers[@]} -eq 0 ]]; then
      log "no other pod of the set exists: this is its first start"
      return
    fi
    for address in "${peers[@]-}"; do
      # Exit status 0 also for "access denied": a server answers.
      [[ -n "${address}" ]] && mysqladmin --host="${address}" --connect-timeout=2 ping &>/dev/null &&
        holders+=("$(name_of "${address}")")
    done
    if [[ ${#holders[@]} -gt 0 ]]; then
      cure="Restore this pod's volume from a backup or from a copy of a replica's"
      [[ -z "${primary_moves}" ]] || cure="Make a pod that holds data the primary, with spec.replication.primary: its ordinal; this pod is then cloned from it"
      die "the primary's volume is empty, but ${holders[*]} of this set run with data. A new, empty primary is NOT initialised. ${cure}. Or, if all data of the set may go, scale it to 0 and delete its PersistentVolumeClaims"
    fi
    if [[ -n "${published}" && -n "${primary_moves}" ]]; then
      log "no other pod of the set answers: this is its first start, or else the database that is made now takes no writes, since all pods are asked before"
      return
    fi
    if ((SECONDS >= deadline)); then
      [[ -z "${published}" ]] &&
        die "the primary's volume is empty, and DNS does not show this pod (${own}) under the headless Service '${set_name}', so it cannot be told whether replicas hold data. Nothing is initialised. Check the Service (publishNotReadyAddresses) and the cluster's DNS"
      die "the primary's volume is empty, and other pods of the set exist that do not answer (${peers[*]}), so it cannot be told whether they hold data. Nothing is initialised. Look at them; if all data of the set may go, scale it to 0 and delete its PersistentVolumeClaims"
    fi
    sleep 2
  done
}

# root_sql PASSWORD: root over TCP from within the pod, for 5.7's sidecar and for
# kubectl port-forward. localhost is the socket only, since names are not resolved.
root_sql() {
  printf "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';\n"
  printf "ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY %s;\n" "$1"
  printf "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n"
}

# A new, empty database with the set's accounts, outside any binary log. The
# image's own entrypoint makes it, with the variables and files that users of the
# image know; it ends by becoming the server, which then gets the accounts.
initialise() {
  local scratch server command='' root_password replication_password
  root_password=$(password_of root)
  replication_password=$(password_of replication)
  scratch=$(mktemp -d)
  # As root the entrypoint runs the server as the user mysql, who needs the socket.
  chmod 1777 "${scratch}"
  log "initialising a new database in ${work_directory}"
  # root: only from this pod, or as open as the tutorial's.
  MYSQL_ROOT_HOST=localhost
  [[ -n "${MYSQL_ALLOW_EMPTY_PASSWORD:-}" ]] && MYSQL_ROOT_HOST=%
  export MYSQL_ROOT_HOST
  MYSQL_ROOT_PASSWORD="${root_password}" docker-entrypoint.sh mysqld \
    --datadir="${work_directory}" --socket="${scratch}/mysqld.sock" --pid-file="${scratch}/mysqld.pid" \
    --skip-networking --skip-log-bin --super-read-only=OFF --read-only=OFF &
  server=$!
  # The servers that the entrypoint starts on the way are not this one: it takes
  # over the entrypoint's own process.
  until [[ "${command}" == mysqld* || "${command}" == mariadbd* ]] &&
    mysqladmin --socket="${scratch}/mysqld.sock" ping &>/dev/null; do
    sleep 0.5
    read -r command <"/proc/${server}/comm" || die "the image's entrypoint stopped before the server was ready; its last lines are above"
  done
  {
    accounts_sql "$(sql_quote "${replication_password}")"
    [[ -n "${MYSQL_ALLOW_EMPTY_PASSWORD:-}" ]] || root_sql "$(sql_quote "${root_password}")"
    initial_sql
  } | mysql_as root root --socket="${scratch}/mysqld.sock"
  # Later it can be told whether anything was added: history.sh.
  if [[ -n "${primary_moves}" ]]; then
    inventory_sql | mysql_as root root --socket="${scratch}/mysqld.sock" --batch --skip-column-names >"${work_directory}.initial"
  fi
  kill -TERM "${server}"
  wait "${server}" || die "the new server did not shut down cleanly; its last lines are above"
  rm -rf "${scratch}"
  commit_data_directory initialised
}

write_configuration
if is_primary; then
  judge_data_directory
  if [[ "${data_directory_is}" == absent ]]; then
    refuse_if_peers_exist
    initialise
  fi
fi
renew_uuid
write_right
