# Stands for a generator that takes its time.
i=0; while [ "$i" -lt 60000 ]; do i=$((i + 1)); done
echo "#define GREETING \"$(cat greeting.txt)\"" > greeting.h
