#!/usr/bin/env bash
# Readiness of the mysql container: the server answers queries over TCP; the primary
# takes writes; and a replica's data is fresh: the applier runs, and is at most
# MAX_LAG_SECONDS behind a primary that is there. Where the container replication says how
# a pod stands, that counts, too: one that follows nobody serves what it has while there is
# nobody to follow, and one whose history another contradicts does not, whatever its
# threads do.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

# One connection a probe: kubelet gives it a second or two.
query="SELECT @@GLOBAL.read_only AS read_only; ${SHOW_REPLICA_STATUS:?}"
password_key=''
[[ "${PROBE_ACCOUNT:?}" == root ]] && password_key=root
status=$(mysql_as "${PROBE_ACCOUNT}" "${password_key}" --host=127.0.0.1 --vertical --execute="${query}")
is_primary && [[ "$(status_field read_only "${status}")" != 1 ]] && exit 0

# Of the last round of the container replication: EPOCH WORD TEXT.
standing='' said_at=0 text=''
if [[ -r "${RUN_DIRECTORY:-/var/run/mysqld}/standing" ]]; then
  read -r said_at standing text <"${RUN_DIRECTORY:-/var/run/mysqld}/standing" || true
fi
printf -v now '%(%s)T' -1
[[ "${standing}" != stopped ]] || die "not ready: ${text}"
serves=''
[[ "${standing}" != serves || $((now - said_at)) -gt 60 ]] || serves=yes

receiver=$(status_field R_IO_Running "${status}")
applier=$(status_field R_SQL_Running "${status}")
lag=$(status_field Seconds_Behind_S "${status}")
if [[ -z "${applier}" ]]; then
  [[ -z "${serves}" ]] || exit 0
  is_primary && die "not ready: this pod is to be the primary and takes no writes yet; the container replication says why"
  die "not ready: replication is not configured yet"
fi
[[ "${applier}" == Yes ]] || die "not ready: the applier has stopped: $(status_field Last_SQL_Error "${status}")"
[[ "${receiver}" != No || -n "${serves}" ]] || die "not ready: the receiver has stopped: $(status_field Last_IO_Error "${status}")"
# A primary that is there, and lets the receiver in no more, is not away.
contact=$(read_file "${RUN_DIRECTORY:-/var/run/mysqld}/contact")
silence=$((now - ${contact:-now}))
[[ "${standing}" != follows || "${receiver}" == Yes || "${silence}" -le "${MAX_LAG_SECONDS:?}" ]] ||
  die "not ready: ${text} answers, and the receiver has had no contact with it for ${silence} s, more than ${MAX_LAG_SECONDS}: $(status_field Last_IO_Error "${status}")"
[[ ! "${lag}" =~ ^[0-9]+$ || "${lag}" -le "${MAX_LAG_SECONDS:?}" ]] ||
  die "not ready: ${lag} s behind the primary, more than ${MAX_LAG_SECONDS}"
