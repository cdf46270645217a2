# Eight jobs at once, as "-j8" on a machine that has fewer processors.
for job in 1 2 3 4 5 6 7 8; do sh job.sh & done
wait
