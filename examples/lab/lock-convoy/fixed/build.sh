# Every step writes its result into one journal, under a lock that it holds while it writes.
step='i=0; while [ "$i" -lt 60000 ]; do i=$((i + 1)); done; flock journal.lock sh -c "echo $0 >> journal"'
for number in 1 2 3 4 5 6; do sh -c "$step" "$number" & done
wait
