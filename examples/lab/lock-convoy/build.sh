# Every step writes its result into one journal, under a lock that it holds while it computes.
step='i=0; while [ "$i" -lt 60000 ]; do i=$((i + 1)); done; echo "$0" >> journal'
for number in 1 2 3 4 5 6; do flock journal.lock sh -c "$step" "$number" & done
wait
