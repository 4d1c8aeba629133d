# shellcheck shell=bash
# In the client pod: writes the numbers from $2 on into test.numbers of the host $1,
# one after another, each again until it is acknowledged, and says what happened.
# It ends when its standard input does. Shown to bash after the function sql.
#
# A number that was written, but whose acknowledgement was lost, is written again;
# hence ON DUPLICATE KEY.
set -euo pipefail
status=0
for ((id = $2; ; id++)); do
  until answer=$(sql --host="$1" --execute="INSERT INTO test.numbers (id) VALUES (${id}) ON DUPLICATE KEY UPDATE id = id" 2>&1); do
    echo "failed ${id} ${answer//$'\n'/ }"
    read -rt 0.2 || status=$?
    ((status <= 128)) && exit
  done
  echo "acknowledged ${id}"
  # 142, above 128, is the time that ran out.
  read -rt 0.02 || status=$?
  ((status <= 128)) && exit
done
