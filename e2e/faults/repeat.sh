# shellcheck shell=bash
# In the client pod: runs the statement $3 on the host $1 again and again, with the
# numbers from $2 on in the place of NUMBER: each until it is acknowledged. Says what
# happened. It ends when its standard input does. Shown to bash after the function sql.
#
# A number that was written, but whose acknowledgement was lost, is written again.
set -euo pipefail
for ((id = $2; ; )); do
  if answer=$(sql --host="$1" --execute="${3//NUMBER/${id}}" 2>&1); then
    echo "acknowledged ${id}"
    ((id += 1))
  else
    echo "failed ${answer//$'\n'/ }"
  fi
  status=0
  # Starting the client program costs more than the statement: six clients that ask five
  # times a second take a third of two cores from the sets.
  read -rt 0.5 || status=$?
  # Above 128 is the time that ran out.
  ((status > 128)) || exit
done
