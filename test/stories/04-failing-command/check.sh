echo checking
if test -e ready; then echo ready; else echo 'there is no "ready"' >&2; exit 3; fi
