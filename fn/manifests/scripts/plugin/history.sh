#!/usr/bin/env bash
# What a pod remembers of histories, its own and the primary's, and what it finds when two
# of them do not continue each other. Sourced by replication.sh.
#
# On the volume, in the state directory:
#
#   verdict   this pod is stopped: its history and that of another server, or its own
#             former one, contradict each other. Lines KEY=VALUE; lasts through restarts
#   seen      what this pod had when it was last looked at
#   primary-seen  what the primary had, and which one it was
#   uuids     the UUIDs that this pod's server had. Each pod that starts has a new one
#             (init-mysql): so no number is given to two transactions, whatever volume
#             comes back, and it is plain which were made here
#   wrote     those of them under which it may have taken writes, as the primary
#
# shellcheck disable=SC2034,SC2154,SC2310,SC2312
# SC2034: replication.sh and primary.sh read some variables.
# SC2154: look.sh and replication.sh set the variables that are only read here.
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail

readonly verdict_file="${state_directory:?}/verdict"
readonly seen_file="${state_directory}/seen" primary_seen_file="${state_directory}/primary-seen"
readonly uuids_file="${state_directory}/uuids" wrote_file="${state_directory}/wrote"
readonly marker_file="${state_directory}/complete"
readonly members_file="${state_directory}/members"
# The life of this pod's server, as published; and where in its binary log it was at the
# last look. Gone with the pod, like the server.
readonly life_file="${run_directory:?}/life" position_file="${run_directory}/position"

# note FILE TEXT: for what may be a little old after a crash, so that the volume is not
# synced at every look.
note() {
  [[ "$(read_file "$1")" == "$2" ]] || { printf '%s\n' "$2" >"$1.new" && mv -T "$1.new" "$1"; }
}

# has_line FILE LINE
has_line() { [[ $'\n'"$(read_file "$1")"$'\n' == *$'\n'"$2"$'\n'* ]]; }

# add_line FILE LINE: unless it is there.
add_line() {
  local before
  has_line "$1" "$2" && return
  before=$(read_file "$1")
  write_durably "$1" "${before}${before:+$'\n'}$2"
}

# of_verdict KEY: what the verdict says.
of_verdict() {
  local line
  [[ -e "${verdict_file}" ]] || return 0
  while IFS= read -r line; do
    [[ "${line}" != "$1="* ]] || { printf '%s' "${line#*=}" && return; }
  done <"${verdict_file}"
}

# pass_verdict KIND OTHER UUID COPY TRANSACTIONS HARMLESS TEXT: remember it. KIND is
# differs, or reset. A verdict stands until it ends; another one does not take its place.
# TEXT begins with ERROR, if it needs a person.
pass_verdict() {
  [[ ! -e "${verdict_file}" ]] || return 0
  write_durably "${verdict_file}" "kind=$1
other=$2
uuid=$3
copy=$4
transactions=$5
harmless=$6
text=$7
since=$(utc)" || return
  say "$7"
}

# end_verdict REASON
end_verdict() {
  [[ -e "${verdict_file}" ]] || return 0
  log "what was said at $(of_verdict since) of the transactions $(of_verdict transactions) is over: $1"
  rm -f "${verdict_file}"
  sync_volume "${state_directory}"
}

# remember_history: look_at_myself has just been here. Compares what this server has with what it
# had, and remembers it.
remember_history() {
  local lost former
  add_line "${uuids_file}" "${mine_uuid}" || return
  former=$(read_file "${seen_file}")
  if [[ -n "${former}" && "${former}" != "${mine_executed}" ]]; then
    lost=$(lacking "${former}" "${mine_executed}" "${mine_committing}") || return
    if [[ -n "${lost}" ]]; then
      judge_loss "${lost}" "$(identity_of "${former}")" || return
    fi
  fi
  [[ -e "${verdict_file}" && "$(of_verdict kind)" == reset ]] || note "${seen_file}" "${mine_executed}"
}

# judge_loss LOST IDENTITY: this server lacks LOST, which it had. RESET BINARY LOGS AND
# GTIDS forgets the identity, too; a crash of a node that lost the end of a log does not,
# and then a replica gets the rest again.
judge_loss() {
  if [[ -n "$2" && "${mine_identity}" == "$2" && ! -e "${right:?}" ]]; then
    log "this pod lost the end of its history, as after a crash of its node: $1. It gets it again from the primary, if the primary has it"
    return
  fi
  [[ ! -e "${verdict_file}" ]] || return 0
  # Whoever follows has to look anew.
  new_life_wanted=yes
  pass_verdict reset "${POD_NAME:?}" "${mine_uuid}" "$(read_file "${marker_file}")" "$1" '' "ERROR: this pod's history is smaller than it was: it lacks $1, which it once had. Somebody reset its binary logs and GTIDs, or its volume lost what was written last. What it wrote since can not be told from that, so it takes no writes, follows nobody, and is followed by nobody. A replica: delete its PersistentVolumeClaim and the pod; it is cloned anew. The primary: make another pod the primary, with spec.replication.primary, and then do the same with this one, which gives up what it wrote since. Or keep its data, and run in its container replication: bash /etc/mysql/conf.d/accept-history.sh"
}

# made_here TRANSACTIONS: those that this pod's own server made, and not as the primary.
made_here() {
  local one
  local -a own=()
  while IFS= read -r one; do
    [[ -z "${one}" ]] || has_line "${wrote_file}" "${one}" || own+=("${one}")
  done < <(read_file "${uuids_file}" && printf '\n')
  of_uuids "$1" "${own[@]-}"
}

# note_writes: from here on this server may take writes, and number them by its UUID.
note_writes() { add_line "${wrote_file}" "${mine_uuid}"; }

is_unused() { may_be_unused && has_nothing_more here; }

# find_other_tables: sets tables_found to the tables of engines that the clone plugin does
# not copy, as DATABASE.TABLE (ENGINE), separated by commas; at most ten. Asked for every
# half a minute.
tables_found='' tables_found_at=-30
find_other_tables() {
  ((SECONDS - tables_found_at >= 30)) || return 0
  tables_found_at="${SECONDS}"
  tables_found=$(here --execute="SELECT COALESCE(GROUP_CONCAT(REGEXP_REPLACE(CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, ' (', ENGINE, ')'), '[[:cntrl:]|]', '?') SEPARATOR ', '), '') FROM (SELECT TABLE_SCHEMA, TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB' AND TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') LIMIT 10) AS tables_of_other_engines")
}

# json TEXT: TEXT as a JSON string within an SQL string.
json() { printf '"%s"' "$(escape "'" "$(escape '"' "$1")")"; }

# attributes_of LIFE: what this pod publishes, as JSON.
attributes_of() {
  local of_verdict_text='' errant_now='' unused_now='' wrote_now=''
  if [[ -e "${verdict_file}" ]]; then
    of_verdict_text="$(of_verdict kind) $(of_verdict other) $(of_verdict transactions)"
    errant_now=$(made_here "$(of_verdict transactions)")
  fi
  if is_unused; then unused_now=yes; fi
  if has_line "${wrote_file}" "${mine_uuid}"; then wrote_now=yes; fi
  printf '{"life": %s, "uuid": %s, "home": %s, "copy": %s, "verdict": %s, "errant": %s, "harmless": %s, "unused": %s, "wrote": %s, "tables": %s, "members": %s}' \
    "$(json "$1")" "$(json "${mine_uuid}")" "$(json "${my_home:?}")" "$(json "$(read_file "${marker_file}")")" "$(json "${of_verdict_text}")" \
    "$(json "${errant_now}")" "$(json "$(of_verdict harmless)")" "$(json "${unused_now}")" "$(json "${wrote_now}")" "$(json "${tables_found}")" "$(json "$(read_file "${members_file}")")"
}

# publish: tell the other pods what changed.
published=''
publish() {
  local wanted
  find_other_tables || return
  wanted=$(attributes_of "$(read_file "${life_file}")") || return
  [[ "${wanted}" != "${published}" ]] || return 0
  printf "ALTER USER 'replication'@'%%' ATTRIBUTE '%s';\n" "${wanted}" | change_accounts || return
  published="${wanted}"
}

# begin_life: the server was started since the last look, or everybody must look anew: its
# accounts for receivers and clones get the password of a new life. The name of the life
# is published first: killed in between, the accounts are still locked.
begin_life() {
  local new password quoted
  new=$(new_uuid) || return
  password=$(password_of replication) || return
  quoted=$(sql_quote "${password}")
  printf '%s\n' "${new}" >"${life_file}"
  published=''
  { accounts_sql "${quoted}" && lock_life_sql; } | change_accounts || return
  publish || return
  password=$(password_of_life "${new}") || return
  open_life_sql "$(sql_quote "${password}")" | change_accounts || return
  # Who is still there knew the life before.
  if [[ -n "${new_life_wanted}" ]]; then disconnect_receivers || return; fi
  new_life_wanted=''
  log "the server has begun a life of its own: whoever follows or clones it has to look at it first"
}

disconnect_receivers() {
  local ids id
  ids=$(here --execute="SELECT ID FROM performance_schema.processlist WHERE COMMAND LIKE 'Binlog Dump%'") || return
  # One may have ended meanwhile.
  for id in ${ids}; do here --execute="KILL ${id}" || true; done
}

# keep_life: begins a life where there is none. look_at_myself has just been here.
new_life_wanted=''
keep_life() {
  if [[ "${mine_shut}" == Y || -n "${new_life_wanted}" || -z "$(read_file "${life_file}")" ]]; then
    begin_life
  else
    publish
  fi
}

# find_harmless TRANSACTIONS: sets found_harmless to TRANSACTIONS, made on this replica, if
# none of them changes anything: FLUSH and its like are written to the binary log in spite
# of super_read_only. The primary makes them good: see primary.sh. They are looked up in the
# binary log from where it was at the last look that found nothing wrong; what is not found
# there is not harmless.
found_harmless=''
find_harmless() {
  local events line gtid='' found='' rest
  local statement=$'\tQuery\t[0-9]+\t[0-9]+\t(use [^;]*; )?(FLUSH|ANALYZE|OPTIMIZE) '
  found_harmless=''
  [[ -n "$1" && "$(read_file "${position_file}")" =~ ^([A-Za-z0-9._-]+)\ ([0-9]+)$ ]] || return 0
  events=$(here --execute="SHOW BINLOG EVENTS IN '${BASH_REMATCH[1]}' FROM ${BASH_REMATCH[2]} LIMIT 10000") || return
  while IFS= read -r line; do
    if [[ "${line}" =~ GTID_NEXT=\ \'([^\']+)\' ]]; then
      gtid="${BASH_REMATCH[1]}"
    elif [[ -n "${gtid}" && "${line}" =~ ${statement} ]]; then
      found+="${found:+,}${gtid}"
      gtid=''
    else
      gtid=''
    fi
  done <<<"${events}"
  rest=$(lacking "$1" "${found}") || return
  [[ -n "${rest}" ]] || found_harmless="$1"
}

# binary_log_end: the file and position where the binary log ends.
binary_log_end() {
  here --execute="SELECT CONCAT_WS(' ', LOCAL->>'$.binary_log_file', LOCAL->>'$.binary_log_position') FROM performance_schema.log_status"
}
