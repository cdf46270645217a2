#!/bin/sh
# Builds the native part where no prebuilt one fits this machine. Run by npm at
# install and by scripts/build.ts. Without a compiler that is no error: the
# command line then runs commands untracked and says so.
here=${0%/*}
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "fathom: there is no native part for $(uname -sm) yet; commands will run untracked, and nothing will be cached" >&2
  exit 0
fi
# In a package as published the binaries are there and the sources do not change.
if [ -x "$here/../prebuilds/linux-x64/fathom" ] && [ ! -d "$here/../src" ]; then exit 0; fi
for need in cc make; do
  if ! command -v "$need" >/dev/null; then
    echo "fathom: cannot build the native part: no program named \"$need\" was found on PATH; install gcc and make and run npm rebuild, or commands will run untracked and nothing will be cached" >&2
    exit 0
  fi
done
exec make --silent --no-print-directory -C "$here" "$@"
