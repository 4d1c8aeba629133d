#!/usr/bin/env bash
# What the pod that is to be the primary asks all other pods, and what of their answers keeps
# it from taking writes. Sourced by replication.sh.
#
# shellcheck disable=SC2034,SC2154,SC2310,SC2312
# SC2034: primary.sh reads what is found here.
# SC2154: replication.sh, look.sh and history.sh set the variables that are only read here.
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail

# note_members: pods beyond the number in the ConfigMap, as after `kubectl scale`, have a
# say as well, and are remembered as long as that number stays.
note_members() {
  local expected other count=0 highest='' noted
  expected=$(<"${config_map}/replicas") || return
  read -r noted highest <<<"$(read_file "${members_file}")"
  [[ "${noted}" == "${expected}" ]] || highest=''
  for ((other = expected; other < expected + 100 && count < 3; other++)); do
    if getent hosts "$(host_of "${other}")" >/dev/null; then
      count=0
      [[ -n "${highest}" && "${highest}" -ge "${other}" ]] || highest="${other}"
    else
      ((count += 1))
    fi
  done
  note "${members_file}" "${expected} ${highest:-$((expected - 1))}"
}

# others: the hosts of all other pods that have a say: as many as the ConfigMap counts,
# whether or not they have an address, and those beyond.
others() {
  local other expected highest
  # What read_file prints has no line feed at its end, which read counts as a failure.
  read -r expected highest < <(read_file "${members_file}") || true
  for ((other = 0; other <= highest; other++)); do
    [[ "${other}" -eq "${ordinal}" ]] || printf '%s\n' "$(host_of "${other}")"
  done
}

# is_beyond HOST: whether it is a pod beyond the number in the ConfigMap.
is_beyond() {
  local expected other
  expected=$(<"${config_map}/replicas") || return
  other="${1%%.*}"
  ((${other##*-} >= expected))
}

# find_unnamed: sets unnamed to what is not clear of the pods that the headless Service
# publishes: there may be one that has a say and is not in the list of others. A look counts
# only if this pod's own name is known in it.
find_unnamed() {
  local address host named=' '
  unnamed=''
  for host in "$(host_of "${ordinal}")" $(others); do
    while read -r address _; do named+="${address} "; done < <(getent ahosts "${host}" || true)
    [[ "${host}" != "$(host_of "${ordinal}")" || "${named}" != ' ' ]] ||
      unnamed="DNS does not know this pod's own name ${host}, so it can not be told which pods there are"
  done
  while read -r address _; do
    [[ "${named}" == *" ${address} "* ]] ||
      unnamed="the headless Service publishes ${address}, and no name of a pod of this set leads there"
  done < <(getent ahosts "${set_name:?}" || true)
}

# ask_others: looks at all of them at once, then once more at this pod, whose transactions,
# read last, must contain theirs. Sets
#   silent         those that did not answer, and why
#   silent_beyond  likewise, of those beyond the number in the ConfigMap
#   in_the_way     what keeps this pod from taking writes, and needs a person
#   not_yet        what keeps it from earning the right, and passes by itself
#   diverged       each of two pods has what the other lacks
#   catch_up       a host that has more, and can send it
#   to_make_good   see make_good
ask_others() {
  local host
  local -a hosts
  mapfile -t hosts < <(others)
  silent='' silent_beyond='' in_the_way='' not_yet='' diverged='' catch_up='' to_make_good=''
  ask "${hosts[@]}" || return
  look_at_myself || return
  if [[ "${mine_shut}" == Y ]]; then
    log "the server was started anew meanwhile"
    return 1
  fi
  for host in "${hosts[@]}"; do
    if [[ -n "${answer_of[${host}]-}" ]]; then
      heard "${answer_of[${host}]}"
      consider "${host}" || return
    elif is_beyond "${host}"; then
      silent_beyond+="${silent_beyond:+; }${host} ${why_not[${host}]}"
    else
      silent+="${silent:+; }${host} ${why_not[${host}]}"
    fi
  done
}

# object TEXT: something is in the way.
object() { in_the_way+="${in_the_way:+; }$1"; }

# consider HOST: which was just looked at.
consider() {
  if [[ "${uuid}" == "${mine_uuid}" ]]; then
    object "the server at $1 has this pod's server UUID: the name leads to this pod itself, or one is a copy of the other. Delete the pod whose volume is the copy: it starts with a UUID of its own"
    return
  fi
  if [[ "${read_only}" != 1 ]]; then
    if [[ -e "${right}" ]]; then
      object "$1 takes writes as well. Find out how it came to: only one of the two can be the primary"
      return
    fi
    not_yet="${not_yet:-$1 still takes writes}"
  elif [[ "${takes_for_primary}" != "primary:${ordinal}" ]]; then
    not_yet="${not_yet:-$1 still takes another pod for the primary (${takes_for_primary:-none}), until it is restarted with this configuration}"
  fi
  if [[ -n "${mine_unused}" ]]; then
    # Whatever is not a copy of this database, or another that was never used, holds data,
    # even if its GTID set is empty.
    [[ -n "${unused}" || ("${identity}" == "${mine_identity}" && -z "$(data_of "${executed},${received}")") ]] ||
      object "$(lost_volume "$1")"
    return
  fi
  # One that was never used is no data: it is set aside when its pod starts as a replica.
  [[ -z "${unused}" || -n "$(data_of "${executed}")" ]] || return 0
  if is_from_elsewhere "${mine_identity}"; then
    object "$1 is of another set: its identity is ${identity}, this pod's ${mine_identity}. Check the cluster's DNS; or one of the two volumes belongs elsewhere"
  elif [[ "${verdict}" == reset* && ! -e "${right}" ]]; then
    object "the history of $1 was reset, and what it wrote since can not be told from what this pod has (${verdict#reset }). To give that up, delete the PersistentVolumeClaim of that pod and the pod; it is cloned anew"
  elif [[ -e "${right}" ]]; then
    compare_with_right "$1"
  else
    compare_without_right "$1"
  fi
}

lost_volume() {
  printf "this pod's database is new and empty, and %s holds data: the primary's volume was lost. Make that pod the primary, with spec.replication.primary: its ordinal; this pod's empty database is then set aside, and it is cloned anew" "$1"
}

# find_extra: sets extra to what the pod just looked at has and this one lacks; and
# made_there to what of that its server numbered itself while it was not the primary, so
# that no primary ever had it.
find_extra() {
  extra=$(lacking "${executed},${received}" "${mine_executed}" "${mine_committing}") || return
  made_there="${errant}"
  if [[ -n "${extra}" && -n "${published_by}" && "${read_only}" == 1 && -z "${wrote}" ]]; then
    made_there+=",$(of_uuids "${extra}" "${uuid}")"
  fi
}

# compare_with_right HOST: this pod must have all that any other has, or says it once had
# here. What was made on a replica by mistake does not stop the set: that pod waits for its
# rebuild.
compare_with_right() {
  local extra made_there left once=''
  find_extra || return
  if [[ "${verdict}" == "differs $(host_of "${ordinal}") "* ]]; then once="${verdict##* }"; fi
  [[ -n "${extra}${once}" ]] || return 0
  left=$(lacking "${extra},${once}" "${mine_executed},${mine_committing}" "${made_there}") || return
  if [[ -n "${left}" ]]; then
    object "$1 has transactions that this pod lacks, or saw them here before: ${left}. This pod's volume is an older copy, or lost what was written last. Restore the newer volume; or make $1 the primary, with spec.replication.primary: its ordinal, and this pod follows it; or to give up what only $1 has, delete the PersistentVolumeClaim of that pod and the pod; it is cloned anew"
  elif [[ -n "${extra}" && -n "${harmless}" ]]; then
    to_make_good="${harmless}"
  elif [[ -n "${extra}" ]]; then
    say "primary: $1 has transactions that were made there, and that no primary ever had: ${extra}. Writes go on; that pod waits for a person, see its log" "made on $1"
  fi
}

# compare_without_right HOST: to earn the right, this pod must have all that any other has,
# or be able to get it.
compare_without_right() {
  local extra made_there left back lost
  find_extra || return
  [[ -n "${extra}" ]] || return 0
  if [[ -z "$(data_of "${mine_executed}")" ]]; then
    object "$(lost_volume "$1")"
    return
  fi
  left=$(lacking "${extra}" "${made_there}") || return
  back=$(lacking "${mine_executed},${mine_received}" "${executed},${received}") || return
  lost=$(lacking "${purged}" "${mine_executed}" "${mine_received}") || return
  if [[ -z "${left}" ]]; then
    object "$1 has transactions of its own that it never sent as a primary: ${extra}. They were written there by mistake, or $1 is to be the primary: then say so in spec.replication.primary. To give them up, delete its PersistentVolumeClaim and the pod; it is cloned anew"
  elif [[ -n "${back}" ]]; then
    diverged+="${diverged:+; }this pod has diverged from $1: it lacks ${extra}, and $1 lacks ${back}. Find out which are to stay; the other pod's PersistentVolumeClaim and the pod can be deleted then, and it is cloned anew"
  elif [[ -n "${lost}" ]]; then
    object "it lacks transactions of $1, which no longer has the binary logs: ${lost}. Make that pod the primary, with spec.replication.primary: its ordinal"
  else
    catch_up="${catch_up:-$1}"
  fi
}
