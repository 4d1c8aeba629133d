#!/usr/bin/env bash
# The pod that the spec makes the primary: how it comes to take writes. Sourced by
# replication.sh, which says the rule.
#
# shellcheck disable=SC2034,SC2154,SC2310,SC2312
# SC2034: replication.sh reads pause and serves.
# SC2154: replication.sh sets the variables of look, and lib.sh the others.
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail

# The ConfigMap as it is now, for the number of pods: scaling does not restart them.
readonly config_map="${CONFIG_MAP:-/mnt/config-map}"
readonly right="${state_directory:?}/primary"
# Written to the binary log, and without effect on data, accounts and statistics.
readonly harmless='FLUSH OPTIMIZER_COSTS'

keep_primary() {
  forget_donors_source || return
  if [[ ! -e "${right}" ]]; then
    pause=1
    earn_right || return
    [[ -e "${right}" ]] || return 0
  fi
  take_writes || return
  keep_accounts "${local_login[@]}" || log "the accounts could not be checked; trying again"
  release_commits
}

# take_writes: with the right to. All of it can be done again.
take_writes() {
  local status semi_sync
  look here || return
  [[ "${read_only}" == 1 ]] || return 0
  status=$(here --vertical --execute='SHOW REPLICA STATUS') || return
  if [[ -n "${status}" ]]; then here --execute='STOP REPLICA; RESET REPLICA ALL' || return; fi
  # With semi-sync no commit is acknowledged before a replica has it, from the first.
  semi_sync=$(here --skip-column-names --execute="SELECT VARIABLE_NAME FROM performance_schema.global_variables WHERE VARIABLE_NAME IN ('rpl_semi_sync_source_enabled', 'rpl_semi_sync_master_enabled')") || return
  if [[ -n "${semi_sync}" ]]; then here --execute="SET GLOBAL ${semi_sync} = ON" || return; fi
  here --execute='SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF' || return
  log "primary: taking writes"
}

# release_commits: with semi-sync, an acknowledgement may be lost with its connection, and
# a replica that connects again has the transaction and gets it no second time. The
# commit then waits until a later transaction is acknowledged, which counts for all
# before it, and holds its locks: if clients want those, there is no later one for ever
# (vitessio/vitess#17749). So this writes one that changes nothing. It waits, too, hence
# in the background; while replicas seem to be there and are not, one a minute.
release_commits() {
  local stuck
  stuck=$(here --skip-column-names --execute="SELECT EXISTS (SELECT 1 FROM performance_schema.processlist WHERE STATE LIKE 'Waiting for semi-sync ACK%' AND TIME >= 5) AND EXISTS (SELECT 1 FROM performance_schema.global_status WHERE VARIABLE_NAME IN ('Rpl_semi_sync_source_clients', 'Rpl_semi_sync_master_clients') AND VARIABLE_VALUE > 0) AND NOT EXISTS (SELECT 1 FROM performance_schema.processlist WHERE INFO = '${harmless}' AND TIME < 60)") || return
  [[ "${stuck}" == 1 ]] || return 0
  log "primary: a commit waits for an acknowledgement with replicas there: it may be lost; writing another transaction, ${harmless}, whose acknowledgement counts for both"
  here --execute="${harmless}" &
}

# others TRANSACTIONS: the hosts of all other pods: as many as the spec says, and those
# that were added by hand. An overlay may have lowered the number, or somebody who
# scaled. On a set's first start, when this pod has no transactions, one that is not
# even in DNS after some time is left out; later it may be the one that has the most.
others() {
  local host other expected
  expected=$(<"${config_map}/replicas") || return
  for ((other = 0; ; other++)); do
    [[ "${other}" -ne "${ordinal}" ]] || continue
    host=$(host_of "${other}")
    if ((other >= expected)) || [[ -z "$1" && "${SECONDS}" -ge "${PEER_TIMEOUT_SECONDS:-120}" ]]; then
      if ! getent hosts "${host}" >/dev/null; then
        ((other < expected)) || break
        continue
      fi
    fi
    printf '%s\n' "${host}"
  done
}

# consider HOST: one of the other pods, next to mine, the transactions of this one. Sets
# obstacle if it is in the way, source if it has more and can send it, and diverged if
# each has what the other lacks, unless a third one has both.
consider() {
  local extra back lost
  if ! look on "$1"; then
    obstacle="$1 does not answer; if the set has fewer pods now, say so in spec.replicas: $(<"${complaint}")"
    return
  fi
  if [[ "${read_only}" != 1 ]]; then
    obstacle="$1 still takes writes"
    return
  fi
  if [[ "${takes_for_primary}" != "primary:${ordinal}" ]]; then
    obstacle="$1 still takes another pod for the primary (${takes_for_primary:-none}), until it is restarted with this configuration"
    return
  fi
  extra=$(lacking "${executed},${received}" "${mine}") || return
  [[ -n "${extra}" ]] || return 0
  back=$(lacking "${mine}" "${executed},${received}") || return
  lost=$(lacking "${purged}" "${mine}") || return
  if [[ -z "${mine}" ]]; then
    obstacle="ERROR: its database is new and empty, and $1 holds data: the primary's volume was lost. Make that pod the primary, with spec.replication.primary: its ordinal; then delete this pod's PersistentVolumeClaim and the pod; it is cloned anew"
  elif [[ "${extra}" == *"${uuid}:"* && "${mine}" != *"${uuid}:"* ]]; then
    obstacle="ERROR: $1 has transactions of its own that it never sent as a primary: ${extra}. They were written there by mistake, or $1 is to be the primary: then say so in spec.replication.primary. To give them up, delete its PersistentVolumeClaim and the pod; it is cloned anew"
  elif [[ -n "${back}" ]]; then
    diverged="ERROR: this pod has diverged from $1: it lacks ${extra}, and $1 lacks ${back}. Find out which are to stay; the other pod's PersistentVolumeClaim and the pod can be deleted then, and it is cloned anew"
  elif [[ -n "${lost}" ]]; then
    obstacle="ERROR: it lacks transactions of $1, which no longer has the binary logs: ${lost}. Make that pod the primary, with spec.replication.primary: its ordinal"
  else
    source="${source:-$1}"
  fi
}

# earn_right: look at every other pod, and write down the right to take writes, or say
# what is in the way.
earn_right() {
  local hosts host mine extra obstacle='' source='' diverged=''
  look here || return
  mine="${executed}"
  extra=$(lacking "${received}" "${mine}") || return
  [[ -z "${extra}" ]] || obstacle="it has yet to apply what it received: ${extra}"
  hosts=$(others "${mine}") || return
  for host in ${hosts}; do
    [[ -z "${obstacle}" ]] || break
    consider "${host}" || return
  done

  if [[ -z "${obstacle}" && -n "${source}" ]]; then
    follow "${source}" "no writes yet: catching up with ${source}"
  elif [[ -n "${obstacle}${diverged}" ]]; then
    obstacle="${obstacle:-${diverged}}"
    [[ -z "${mine}" || "${obstacle}" == ERROR* ]] || serves=yes
    go_on_following "no writes yet: ${obstacle}"
  else
    log "primary: all other pods agree and have no transaction that this one lacks: it has the right to take writes from now on"
    write_durably "${right}" "taken by ${POD_NAME:?} at $(utc)"
  fi
}
