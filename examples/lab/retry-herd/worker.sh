# One at a time may deploy; whoever is refused tries again at once.
until mkdir deploying 2>/dev/null; do sleep 0.02; done
sleep 0.1
rmdir deploying
