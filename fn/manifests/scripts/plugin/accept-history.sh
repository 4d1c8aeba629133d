#!/usr/bin/env bash
# For a person, after this pod said that its history is smaller than it was (RESET BINARY
# LOGS AND GTIDS, or a volume that lost what was written last): from now on the history of
# this pod is what it has. What other pods have of the former one is given up when they are
# rebuilt. In the container replication:
#
#   bash /etc/mysql/conf.d/accept-history.sh
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

readonly state_directory="${STATE_DIRECTORY:-/mnt/state}"
readonly verdict="${state_directory}/verdict"
if [[ ! -e "${verdict}" ]] || ! grep -q '^kind=reset$' "${verdict}"; then
  die "this pod does not say that its history is smaller than it was: there is nothing to accept"
fi
log "given up, unless another pod is made the primary: $(sed -n 's/^transactions=//p' "${verdict}")"
rm -f "${state_directory}/seen" "${verdict}"
sync_volume "${state_directory}"
log "accepted: the history of this pod is what it has now. It is used at the next look, in some seconds; then rebuild the other pods, whose histories are longer"
