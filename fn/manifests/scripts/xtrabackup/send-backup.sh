#!/usr/bin/env bash
# A backup of this pod's server, as a stream on standard output. Run for each
# connection to port 3307.
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

log "sending a backup"
password=$(password_of root)
# xtrabackup reads its option file more than once, which a pipe does not bear: so it
# is a file, in memory and gone afterwards.
options=$(mktemp -p /dev/shm)
trap 'rm -f "${options}"' EXIT
client_options root "${password}" >"${options}"
# --slave-info: the position in the primary's log, for backups of a replica.
xtrabackup --defaults-extra-file="${options}" \
  --backup --slave-info --stream=xbstream --host=127.0.0.1 --datadir=/var/lib/mysql
log "backup sent"
