# shellcheck shell=bash
# In the client pod: looks at the hosts "$@" again and again, and prints a line a look with
# a word a host: silent, open (it takes writes) or shut; behind that, for each open host,
# ":" and what this one has and that one lacks. It ends when its standard input does.
# Shown to bash after the function sql.
#
# shellcheck disable=SC2310 # the function ask is one command
set -euo pipefail
ask() { sql --host="$1" --skip-column-names --execute="$2" 2>/dev/null; }
while true; do
  states=() executed=()
  for host; do
    answer=$(ask "${host}" "SELECT IF(@@GLOBAL.super_read_only, 'shut', 'open'), REPLACE(@@GLOBAL.gtid_executed, '\n', '')") || answer='silent -'
    read -r state gtids <<<"${answer}"
    states+=("${state}") executed+=("${gtids:-}")
  done
  words=("${states[@]}")
  i=0
  for host; do
    if [[ "${states[i]}" == open ]]; then
      for ((other = 0; other < $#; other++)); do
        if ((other != i)) && [[ "${states[other]}" != silent ]]; then
          lacks=$(ask "${host}" "SELECT REPLACE(GTID_SUBTRACT('${executed[other]}', @@GLOBAL.gtid_executed), '\n', '')") || lacks=''
          [[ -z "${lacks}" ]] || words[other]+=":${lacks}"
        fi
      done
    fi
    ((i += 1))
  done
  printf '%s\n' "${words[*]}"
  status=0
  read -rt 2 || status=$?
  # Above 128 is the time that ran out.
  ((status > 128)) || exit 0
done
