#!/usr/bin/env bash
# The pod that the spec makes the primary: how it comes to take writes, and when it stops.
# Sourced by replication.sh.
#
# It earns the right, a file on its volume, when all other pods of the set answer, take no
# writes, take this pod for the primary as well, and have no transaction that it lacks. So
# there is never more than one pod with the right, and nothing that any pod holds is left
# behind: not when the set starts for the first time, nor when the primary is moved, nor
# when it was lost.
#
# The right is no licence for ever: it comes back with an old volume. Each life of the
# server begins read-only, and takes writes once every other pod has answered that it has
# nothing that this one lacks; one that does not answer is waited for, but not for ever. It
# is asked again and again, and if any pod turns out to have more, writes stop.
#
# shellcheck disable=SC2034,SC2154,SC2310,SC2312
# SC2034: replication.sh reads pause.
# SC2154: replication.sh, look.sh and history.sh set the variables that are only read here.
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail

# The life of the server in which this pod lets it take writes; and since when others are
# waited for.
readonly opened="${run_directory:?}/opened" asked_since="${run_directory}/asked-since"
# Who froze the primary, and when.
readonly frozen_file="${state_directory:?}/frozen"
# Written to the binary log, and without effect on data, accounts and statistics.
readonly harmless_statement='FLUSH OPTIMIZER_COSTS'

keep_primary() {
  forget_donors_source || return
  if [[ -e "${verdict_file}" && "$(of_verdict kind)" == reset ]]; then
    refuse_writes "$(of_verdict text)"
    return
  fi
  ask_others || return
  if [[ -e "${right:?}" ]]; then
    keep_right || return
  else
    pause=1
    earn_right || return
    [[ -e "${right}" ]] || return 0
  fi
}

# --- writes ----------------------------------------------------------------------------

# is_open: whether this pod lets its server take writes, in this life of it.
is_open() { [[ -n "$(read_file "${life_file}")" && "$(read_file "${opened}")" == "$(read_file "${life_file}")" ]]; }

# close_writes WHO: makes the server read-only, if it is not: nobody but this loop lets it
# take writes.
close_writes() {
  rm -f "${opened}"
  [[ "${mine_super_read_only}" == 0 ]] || return 0
  log "$1: super_read_only was off: turning it on"
  here --execute='SET GLOBAL super_read_only = ON' || return
  mine_super_read_only=1
}

# refuse_writes ERROR: a person is needed.
refuse_writes() {
  close_writes 'primary' || return
  say "$1"
  say_standing stopped "no writes: ${1#ERROR: }"
}

# wait_with_writes NOTE: not yet.
wait_with_writes() {
  pause=1
  close_writes 'primary' || return
  say "primary: no writes yet: $1"
  say_standing stopped "no writes yet: $1"
}

# take_writes: or leave the server as a person, or the spec, has frozen it. All of it can
# be done again.
take_writes() {
  local status wanted
  wanted=$(read_file "${config_map:?}/frozen")
  if [[ "${wanted}" == true ]]; then
    [[ "$(read_file "${frozen_file}")" == spec* ]] || write_durably "${frozen_file}" "spec.replication.frozen since $(utc)" || return
  elif [[ "$(read_file "${frozen_file}")" == spec* ]]; then
    log "primary: spec.replication.frozen is false again"
    rm -f "${frozen_file}"
  elif [[ -e "${frozen_file}" ]]; then
    # Since the server starts read-only, only a person can have turned it off.
    if [[ "${mine_super_read_only}" == 0 ]]; then
      log "primary: super_read_only was turned off by hand: no longer frozen ($(<"${frozen_file}"))"
      rm -f "${frozen_file}"
    fi
  elif is_open && [[ "${mine_super_read_only}" == 1 ]]; then
    write_durably "${frozen_file}" "SET GLOBAL super_read_only = ON by hand, seen $(utc)" || return
  fi
  note_writes || return
  if [[ -e "${frozen_file}" ]]; then
    if [[ "${mine_super_read_only}" == 0 ]]; then here --execute='SET GLOBAL super_read_only = ON' || return; fi
    cp "${life_file}" "${opened}"
    say "primary: frozen, it takes no writes: $(<"${frozen_file}"). To go on: spec.replication.frozen: false, or SET GLOBAL super_read_only = OFF by hand, whichever froze it"
    say_standing serves "frozen: $(<"${frozen_file}")"
    return
  fi
  if ! is_open || [[ "${mine_read_only}" == 1 ]]; then
    status=$(replica_status) || return
    if [[ -n "${status}" ]]; then
      rm -f "${following:?}"
      here --execute='STOP REPLICA; RESET REPLICA ALL' || return
    fi
    # With semi-sync no commit is acknowledged before a replica has it, from the first.
    find_semi_sync || return
    if [[ -n "${semi_sync}" ]]; then here --execute="SET GLOBAL ${semi_sync} = ON" || return; fi
    open_sql | here || return
    cp "${life_file}" "${opened}"
    end_verdict 'this pod is the primary' || return
    log "primary: taking writes"
  fi
  say_standing serves 'taking writes'
  give_identity || return
  make_good || return
  release_commits
}

# find_semi_sync: sets semi_sync to the variable that turns it on, if its plugin is there.
semi_sync=unknown
find_semi_sync() {
  local found
  [[ "${semi_sync}" == unknown ]] || return 0
  found=$(here --execute="SELECT VARIABLE_NAME FROM performance_schema.global_variables WHERE VARIABLE_NAME IN ('rpl_semi_sync_source_enabled', 'rpl_semi_sync_master_enabled')") || return
  semi_sync="${found}"
}

# open_sql: lets the server take writes, unless it was started since the others were asked:
# all in one connection, so that this is no other server.
open_sql() {
  printf '%s\n' \
    "SET @shut = (SELECT account_locked FROM mysql.user WHERE User = 'receiver' AND Host = '%');" \
    "SET @statement = IF(@shut = 'N', 'SET GLOBAL super_read_only = OFF', 'the server was started anew');" \
    "PREPARE open FROM @statement; EXECUTE open;" \
    "SET GLOBAL read_only = OFF;"
}

# give_identity: to a set that was made by a release before identities. All pods get it by
# replication, and new ones with their clone.
give_identity() {
  local new
  [[ -z "${mine_identity}" && -z "${silent}${silent_beyond}" ]] || return 0
  new=$(new_identity 1) || return
  log "primary: this set gets an identity: ${new%:*}"
  LIMIT=20 here --execute="SET GTID_NEXT = '${new}'; BEGIN; COMMIT; SET GTID_NEXT = AUTOMATIC"
}

# make_good: transactions that a replica's server made by itself, such as FLUSH STATUS, and
# that change nothing. With an empty one of the same GTID here, all pods have the same.
make_good() {
  local one number part
  local -a all parts
  [[ -n "${to_make_good}" ]] || return 0
  log "primary: making good, by empty transactions, what a replica's server wrote by itself and changes nothing (FLUSH and its like): ${to_make_good}"
  IFS=, read -ra all <<<"${to_make_good}"
  for one in "${all[@]}"; do
    IFS=: read -ra parts <<<"${one#*:}"
    for part in "${parts[@]}"; do
      [[ "${part}" =~ ^([0-9]+)(-([0-9]+))?$ ]] || return 0
      for ((number = BASH_REMATCH[1]; number <= ${BASH_REMATCH[3]:-${BASH_REMATCH[1]}}; number++)); do
        LIMIT=20 here --execute="SET GTID_NEXT = '${one%%:*}:${number}'; BEGIN; COMMIT; SET GTID_NEXT = AUTOMATIC" || return
      done
    done
  done
}

# release_commits: with semi-sync, an acknowledgement may be lost with its connection, and
# a replica that connects again has the transaction and gets it no second time. The
# commit then waits until a later transaction is acknowledged, which counts for all
# before it, and holds its locks: if clients want those, there is no later one for ever
# (vitessio/vitess#17749). So this writes one that changes nothing. It waits, too, hence
# in the background; while replicas seem to be there and are not, one a minute.
release_commits() {
  local stuck
  find_semi_sync || return
  [[ -n "${semi_sync}" ]] || return 0
  stuck=$(here --execute="SELECT EXISTS (SELECT 1 FROM performance_schema.processlist WHERE STATE LIKE 'Waiting for semi-sync ACK%' AND TIME >= 5) AND EXISTS (SELECT 1 FROM performance_schema.global_status WHERE VARIABLE_NAME IN ('Rpl_semi_sync_source_clients', 'Rpl_semi_sync_master_clients') AND VARIABLE_VALUE > 0) AND NOT EXISTS (SELECT 1 FROM performance_schema.processlist WHERE INFO = '${harmless_statement}' AND TIME < 60)") || return
  [[ "${stuck}" == 1 ]] || return 0
  log "primary: a commit waits for an acknowledgement with replicas there: it may be lost; writing another transaction, ${harmless_statement}, whose acknowledgement counts for both"
  here --execute="${harmless_statement}" &
}

# --- the right ---------------------------------------------------------------------------

# have_waited: whether pods that do not answer were waited for long enough.
have_waited() {
  local since now
  printf -v now '%(%s)T' -1
  [[ -e "${asked_since}" ]] || printf '%s\n' "${now}" >"${asked_since}"
  since=$(<"${asked_since}")
  ((now - since >= ${ASK_SECONDS:-25}))
}

# keep_right: with the right.
keep_right() {
  local nobody="${silent}${silent_beyond:+${silent:+; }${silent_beyond}}"
  if [[ -n "${in_the_way}" ]]; then
    rm -f "${asked_since}"
    refuse_writes "ERROR: primary: no writes: ${in_the_way}"
    return
  fi
  if ! is_open && [[ -n "${nobody}" ]]; then
    if ! have_waited; then
      wait_with_writes "asking the other pods whether they have more; ${nobody}"
      return
    fi
    log "primary: taking writes without an answer of all pods, since a primary is needed: ${nobody}. If one of them turns out to have more, writes stop"
  fi
  rm -f "${asked_since}"
  if [[ -n "${nobody}" ]]; then say "primary: going on to ask: ${nobody}" silent; else say 'primary: all other pods have answered' silent; fi
  take_writes
}

# earn_right: write down the right to take writes, or say what is in the way.
earn_right() {
  local pending obstacle=''
  close_writes 'primary' || return
  find_unnamed || return
  pending=$(lacking "${mine_received}" "${mine_executed}") || return
  if [[ -n "${in_the_way}" ]]; then
    obstacle="ERROR: primary: no writes yet: ${in_the_way}"
  elif [[ -n "${silent}" ]]; then
    obstacle="${silent}. Every pod that the ConfigMap counts has a say; if the set has fewer pods now, say so in spec.replicas, not in a patch of the StatefulSet"
  elif [[ -n "${silent_beyond}" ]] && { [[ -z "$(data_of "${mine_executed}")" ]] || ! have_waited; }; then
    obstacle="${silent_beyond}. It is beyond the number of pods in the ConfigMap, and was seen before"
  elif [[ -n "${unnamed}" ]]; then
    obstacle="${unnamed}"
  elif [[ -n "${not_yet}" ]]; then
    obstacle="${not_yet}"
  elif [[ -n "${catch_up}" ]]; then
    compare "${catch_up}" || return
    if [[ "${comparison}" == fits ]]; then
      say_standing serves "catching up with ${catch_up}"
      follow "${catch_up}" "${life}" "no writes yet: catching up with it"
    fi
    return
  elif [[ -n "${diverged}" ]]; then
    obstacle="ERROR: primary: no writes yet: ${diverged}"
  elif [[ -n "${pending}" ]]; then
    obstacle="it has yet to apply what it received: ${pending}"
  fi
  if [[ "${obstacle}" == ERROR* ]]; then
    refuse_writes "${obstacle}"
  elif [[ -n "${obstacle}" ]]; then
    go_on_following "no writes yet: ${obstacle}"
  else
    log "primary: all other pods agree and have no transaction that this one lacks: it has the right to take writes from now on"
    note_writes || return
    write_durably "${right}" "taken by ${POD_NAME:?} at $(utc)" || return
    rm -f "${asked_since}"
    take_writes
  fi
}
