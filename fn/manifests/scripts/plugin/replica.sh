#!/usr/bin/env bash
# A pod that follows another: which server it may follow, and what it does if the primary is
# none of those. Sourced by replication.sh.
#
# A server may be followed if it was just compared with this pod's: it is of the same set,
# and has, or is committing, everything that this pod has, executed and received. The
# receiver can reach no other (look.sh). What was received from such a server is applied, with
# or without a source.
#
# shellcheck disable=SC2034,SC2154,SC2310,SC2312
# SC2034: primary.sh and replication.sh read some variables.
# SC2154: replication.sh, look.sh and history.sh set the variables that are only read here.
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail

# Which host the receiver was started to follow, and the life of its server.
readonly following="${run_directory:?}/following"
# When the receiver was last seen connected, or started: for the readiness probe.
readonly contact="${run_directory}/contact"
source_verify=''
[[ ! -e "${ca:?}" ]] || source_verify=", SOURCE_SSL_CA = '${ca}', SOURCE_SSL_VERIFY_SERVER_CERT = 1"
readonly source_verify
# Set while this pod's database has no data, and another pod's has.
only_others_have_data=''

# forget_donors_source: a clone has the donor's configuration, which may even name this
# pod, and not the relay logs that its tables speak of. Tables of another engine than
# InnoDB came without their rows: clone-mysql looked for them before, but one may have been
# made since.
forget_donors_source() {
  [[ -e "${state_directory}/cloned" ]] || return 0
  log "a new clone: forgetting what its donor $(<"${state_directory}/cloned") followed"
  here --execute='STOP REPLICA; RESET REPLICA ALL' || return
  if [[ -n "${tables_found}" && "$(read_file "${config_map}/other-engines")" != Empty ]]; then
    pass_verdict reset "${POD_NAME:?}" "${mine_uuid}" "$(read_file "${marker_file}")" '' '' "ERROR: this pod was cloned while tables of other engines than InnoDB were made, and they are empty here: ${tables_found}. Convert them (ALTER TABLE ... ENGINE = InnoDB), then delete this pod's PersistentVolumeClaim and the pod; it is cloned anew" || return
  fi
  rm -f "${state_directory}/cloned"
}

# count_wanted_sources HOST: 1 if the stored configuration is the one wanted, else 0. It
# is compared and not just set anew, because CHANGE REPLICATION SOURCE TO throws away
# relay logs. No account is stored: a receiver that anybody starts without one ends at once.
count_wanted_sources() {
  here --execute="SELECT COUNT(*) FROM mysql.slave_master_info WHERE Host = '$1' AND User_name = '' AND Enabled_auto_position = 1 AND Enabled_ssl = 1 AND Ssl_ca = '${source_verify:+${ca}}'"
}

# follow HOST LIFE [NOTE]: a server that was just compared, in that life; empty for one of
# a release before this, which has none.
follow() {
  local wanted status receiver account=receiver password
  wanted=$(count_wanted_sources "$1") || return
  if [[ "${wanted}" -eq 0 ]]; then
    # SOURCE_RETRY_COUNT 0: for ever. The default is 10 from 8.4 on, and a replica
    # would stop following after a few minutes without its primary. The heartbeat
    # must be well below replica_net_timeout, whatever that is set to.
    here --execute="STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$1', SOURCE_PORT = 3306, SOURCE_USER = '', SOURCE_PASSWORD = '', SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 5, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 2, SOURCE_SSL = 1${source_verify}" || return
  fi
  status=$(replica_status) || return
  receiver=$(status_field R_IO_Running "${status}")
  [[ "${receiver}" == Connecting ]] || printf '%(%s)T\n' -1 >"${contact}"
  if [[ "${receiver}" == No || "$(read_file "${following}")" != "$1 $2" ]]; then
    say "replica: following $1 (receiver: ${receiver}) $(status_field Last_IO_Error "${status}")${3:+; $3}"
    if [[ -n "$2" ]]; then
      password=$(password_of_life "$2") || return
    else
      account=replication
      password=$(password_of replication) || return
    fi
    rm -f "${following}"
    # MySQL masks this password wherever it shows statements, and stores it nowhere.
    printf "STOP REPLICA IO_THREAD; START REPLICA IO_THREAD USER = '%s' PASSWORD = %s;" "${account}" "$(sql_quote "${password}")" | here || return
    printf '%s %s\n' "$1" "$2" >"${following}"
    printf '%(%s)T\n' -1 >"${contact}"
  elif [[ "${receiver}" == Connecting ]]; then
    say "replica: $1 answers, and the receiver is connecting: $(status_field Last_IO_Error "${status}")${3:+; $3}"
  else
    say "replica: following $1${3:+; $3}"
  fi
  keep_applying "${status}"
}

replica_status() { here --vertical --column-names --execute='SHOW REPLICA STATUS'; }

# keep_applying STATUS: what was received, from a server that was compared.
keep_applying() {
  [[ -n "$1" && "$(status_field R_SQL_Running "$1")" == No ]] || return 0
  say "replica: starting the applier $(status_field Last_SQL_Error "$1")"
  here --execute='START REPLICA SQL_THREAD'
}

# stay NOTE: there is nobody to follow now. A receiver that runs can only reach the life of
# a server that was compared, so it may go on trying.
stay() {
  local status
  status=$(replica_status) || return
  [[ -n "${status}" ]] || pause=1
  say "no other pod to follow: $1"
  keep_applying "${status}" || return
  # A pod without data serves nothing, if others have some.
  if [[ -z "${only_others_have_data}" ]]; then say_standing serves "$1"; else say_standing stopped "$1"; fi
}

# compare HOST: after a look at this pod's server, which set the variables mine_*. Looks at
# HOST, and sets comparison to silent, starting, copy, stranger, reset, lacks, purged or
# fits, and difference to what it lacks, or has no more.
compare() {
  comparison=silent difference=''
  look on "$1" || return 0
  comparison=starting
  has_spoken || return 0
  if [[ "${uuid}" == "${mine_uuid}" || "${server_id}" == "${mine_server_id}" ]]; then
    comparison=copy
  elif is_from_elsewhere "${mine_identity}"; then
    comparison=stranger
  elif [[ "${verdict}" == reset* ]]; then
    comparison=reset
  else
    # What this pod has was read first: the other, read later, must have it all, or be
    # committing it.
    difference=$(lacking "${mine_executed},${mine_received},$(once_had "$1")" "${executed}" "${committing}") || return
    comparison=lacks
    if [[ -z "${difference}" ]]; then
      difference=$(lacking "${purged}" "${mine_executed}" "${mine_received}") || return
      comparison=purged
      [[ -n "${difference}" ]] || comparison=fits
    fi
  fi
}

# once_had HOST: what the primary had when this pod last looked, if it is the same data: it
# may have lost what no replica got.
once_had() {
  local seen
  [[ "$1" == "${source_host:?}" ]] || return 0
  seen=$(read_file "${primary_seen_file}")
  # Only the first line is there of a primary that had nothing, as after a reset.
  [[ "${seen}" != "$1 ${copy}"$'\n'* ]] || printf '%s' "${seen#*$'\n'}"
}

# remember_primary: compare has just been there.
remember_primary() { note "${primary_seen_file}" "${source_host} ${copy}"$'\n'"${executed}"; }

# judge_primary: it takes writes, and compare has found that this pod does not continue it.
judge_primary() {
  local here_made text
  case "${comparison}" in
    copy)
      say "ERROR: replica: the server at ${source_host} has this pod's server UUID or server_id: one of the two is a copy, or the name leads to this pod itself. Replication is stopped. If server_id was set by hand (SET PERSIST), reset it; otherwise delete the pod whose volume is the copy: it starts with a UUID of its own"
      ;;
    stranger)
      say "ERROR: replica: the server at ${source_host} is of another set, ${home:-of a release before this}: its identity is $(name_of_set "${identity}"), this pod's $(name_of_set "${mine_identity}"). Nothing is replicated. Check the cluster's DNS; if this pod's volume is of another set, delete its PersistentVolumeClaim and the pod; it is cloned anew"
      ;;
    reset)
      say "ERROR: replica: the history of the primary ${source_host} was reset: ${verdict}. Replication is stopped. See the log of that pod"
      ;;
    purged)
      say "ERROR: replica: the primary ${source_host} no longer has the binary logs of transactions that this pod needs: ${difference}. It cannot catch up. Delete this pod's PersistentVolumeClaim and the pod; it is cloned anew"
      ;;
    *)
      here_made=$(made_here "${difference}") || return
      found_harmless=''
      if [[ "${here_made}" == "${difference}" ]]; then find_harmless "${difference}" || return; fi
      if [[ -n "${found_harmless}" ]]; then
        text="replica: this pod's server wrote transactions by itself, and they change nothing (FLUSH and its like): ${difference}. The primary ${source_host} makes them good; until then this pod is stopped"
      else
        text="ERROR: replica: the primary ${source_host} (server ${uuid}) lacks transactions that this pod has, or saw there before: ${difference}. This pod is stopped and left as it is. Find out whether they were written here by mistake, or lost there.${here_made:+ Made on this pod itself: ${here_made}.} To keep them, make this pod the primary: spec.replication.primary: ${ordinal}. To give them up, delete this pod's PersistentVolumeClaim and the pod; it is cloned anew.${here_made:+ If those made here change no rows that matter (such as the DELETE or TRUNCATE of a MEMORY table after a restart), empty transactions of the same GTIDs on the primary end this, too}"
      fi
      pass_verdict differs "${source_host}" "${uuid}" "${copy}" "${difference}" "${found_harmless}" "${text}"
      ;;
  esac
  stop_replicating
}

stop_replicating() {
  rm -f "${following}"
  here --execute='STOP REPLICA'
}

# respect_verdict: whether this pod is still stopped by one. It ends when the primary is
# other data, and continues this pod; or when the primary has the transactions after all
# that were made here and nowhere else, since only a person, or the primary's loop, can
# have put them there.
respect_verdict() {
  local transactions
  [[ -e "${verdict_file}" ]] || return 1
  [[ "$(of_verdict kind)" != differs ]] || {
    compare "${source_host}" || return 0
    transactions=$(of_verdict transactions)
    if [[ "${comparison}" == fits && "${source_host} ${copy}" != "$(of_verdict other) $(of_verdict copy)" ]]; then
      end_verdict "${source_host} is the primary now, and has all that this pod has"
      return 1
    fi
    if [[ "${comparison}" == fits && "$(made_here "${transactions}")" == "${transactions}" ]]; then
      end_verdict "the primary has these transactions now"
      return 1
    fi
  }
  say "$(of_verdict text)"
  say_standing stopped "$(of_verdict text)"
  stop_replicating || return 0
}

# A replica follows the primary, if it takes writes; otherwise what it followed before, as
# the former primary while the primary is moved; or else the primary that is to be.
keep_following() {
  local primary_says primary_words
  close_writes 'replica' || return
  forget_donors_source || return
  if respect_verdict; then return 0; fi

  compare "${source_host}" || return
  primary_says="${comparison}"
  primary_words=$(words_of "${comparison}")
  only_others_have_data=''
  if [[ "${primary_says}" != silent && -z "$(data_of "${mine_executed}")" && -n "$(data_of "${executed}")" ]]; then only_others_have_data=yes; fi
  if [[ "${primary_says}" != silent && "${primary_says}" != starting && "${read_only}" == 0 ]]; then
    if [[ "${primary_says}" == fits ]]; then
      remember_primary || return
      printf '%s\n' "${log_end}" >"${position_file}"
      find_gap || return
      # A receiver that starts anew is sent what is missing.
      if ((gap_rounds == 1)); then rm -f "${following}"; fi
      follow "${source_host}" "${life}" "${gap:+ERROR: it has transactions that did not come, although later ones did: ${gap}. Delete the PersistentVolumeClaim of this pod and the pod; it is cloned anew}" || return
      if [[ -n "${gap}" ]]; then say_standing stopped "transactions are missing: ${gap}"; else say_standing follows "${source_host}"; fi
    else
      judge_primary || return
      say_standing stopped "the primary ${source_host} and this pod do not have one history (${comparison}); see the log of the container replication"
    fi
    return
  fi

  follow_stored "the primary ${source_host} takes no writes yet" "the primary ${source_host} ${primary_words}" || return
  [[ -z "${followed}" ]] || return 0
  if [[ "${primary_says}" == fits ]]; then
    compare "${source_host}" || return
    if [[ "${comparison}" == fits ]]; then
      pause=1
      say_standing serves "the primary ${source_host} takes no writes yet"
      follow "${source_host}" "${life}" "it takes no writes yet"
      return
    fi
    primary_says="${comparison}"
    primary_words=$(words_of "${comparison}")
  fi
  if [[ "${stored}" == "${source_host}" && "${primary_says}" != silent && "${primary_says}" != starting ]]; then stop_receiving || return; fi
  stay "the primary ${source_host} ${primary_words}"
}

# follow_stored STANDING NOTE: sets followed if this pod follows what it followed before, which
# is another pod than the primary, and stored to that.
stored='' followed=''
follow_stored() {
  followed=''
  stored=$(here --execute="SELECT Host FROM mysql.slave_master_info WHERE Channel_name = ''") || return
  [[ -n "${stored}" && "${stored}" != "${source_host}" && "${stored}" != "$(host_of "${ordinal}")" ]] || return 0
  compare "${stored}" || return
  case "${comparison}" in
    fits)
      pause=1
      say_standing serves "$1"
      follow "${stored}" "${life}" "$2" || return
      followed=yes
      ;;
    silent | starting) ;;
    *) stop_receiving || return ;;
  esac
}

stop_receiving() {
  rm -f "${following}"
  here --execute='STOP REPLICA IO_THREAD'
}

# words_of COMPARISON: for a primary that takes no writes.
words_of() {
  case "$1" in
    silent) printf 'does not answer: %s' "$(<"${complaint}")" ;;
    starting) printf 'has just started' ;;
    fits) printf 'takes no writes yet' ;;
    lacks) printf 'takes no writes, and lacks what this pod has: %s' "${difference}" ;;
    *) printf 'takes no writes, and can not be followed (%s)' "$1" ;;
  esac
}

# find_gap: sets gap to transactions of the primary that this pod never got, although it
# has later ones of the same server: the stream has passed them.
gap='' gap_before='' gap_rounds=0
find_gap() {
  local missing numbers='' one last_missing last_here
  local -a all
  missing=$(lacking "${executed}" "${mine_executed}" "${mine_received}") || return
  IFS=, read -ra all <<<"${missing}"
  for one in "${all[@]-}"; do
    [[ -n "${one}" ]] || continue
    last_missing="${one#*:}" last_missing="${last_missing%%[-:]*}"
    last_here=$(last_number "${one%%:*}" "${mine_executed},${mine_received}")
    [[ ! "${last_missing}" =~ ^[0-9]+$ ]] || ((last_here <= last_missing)) || numbers+="${numbers:+,}${one}"
  done
  # While a receiver starts it may be so for a moment.
  if [[ -n "${numbers}" && "${numbers}" == "${gap_before}" ]]; then ((gap_rounds += 1)); else gap_rounds=0; fi
  gap_before="${numbers}" gap=''
  ((gap_rounds < 2)) || gap="${numbers}"
}

# go_on_following NOTE: what this pod followed before it was to be the primary, such as the
# former one.
go_on_following() {
  follow_stored "$1" "$1" || return
  [[ -z "${followed}" ]] || return 0
  only_others_have_data=''
  [[ -n "$(data_of "${mine_executed}")" ]] || only_others_have_data=yes
  stay "$1"
}
