for worker in 1 2 3 4 5 6 7 8; do sh worker.sh & done
wait
