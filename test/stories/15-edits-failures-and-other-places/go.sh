# Runs the build. Each time that its program has stopped itself, does what is given, and lets it go on.
log=$(mktemp)
(fathom run build --output-logs=full --no-tui; echo over) > "$log" 2>&1 &
until grep -q '^over' "$log"; do
  pid=$(sed -n 's/.*pid //p' "$log")
  [ -n "$pid" ] && grep -q 'State:.T' "/proc/$pid/status" 2>/dev/null || continue
  eval "${1:-:}"
  kill -CONT "$pid"
done
sed -n 's/.*: cache /cache /p' "$log"
rm "$log"
