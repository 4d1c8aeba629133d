#!/usr/bin/env bash
# For a person, on the primary of a set that was made of copied volumes or of a backup of
# another set: from now on it is a set of its own, which neither follows the other nor is
# followed by it. All pods get it by replication. In the container replication:
#
#   bash /etc/mysql/conf.d/new-identity.sh
#
# shellcheck disable=SC2310,SC2312
# SC2310: functions used as conditions check each command that matters themselves.
# SC2312: substitutions inside arguments only format text, or may be empty.
set -euo pipefail
# shellcheck source=lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=look.sh
source "${BASH_SOURCE[0]%/*}/look.sh"

here() { mysql_as root root --protocol=socket "${session[@]}" "$@"; }

is_primary || die "this pod is not the primary: run it there"
look here || die "the server does not answer"
[[ "${read_only}" == 0 ]] || die "this pod takes no writes now; its log says why"
new=$(new_identity "$(($(number_of_identity "${executed}") + 1))")
log "the identity of this set was $(name_of_set "${identity}"), and is ${new%:*} from now on"
here --execute="SET GTID_NEXT = '${new}'; BEGIN; COMMIT; SET GTID_NEXT = AUTOMATIC"
