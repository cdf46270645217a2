i=0; while [ "$i" -lt 150000 ]; do i=$((i + 1)); done
