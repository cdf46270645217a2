// What shells and the tools beside them do with files, streams and terminals.

import type { Guest } from "./guest.ts";

const group = "Shells, archives and git";

const files = { "input": "one\ntwo\n", "folder/a": "a\n", "folder/b": "b\n" };
const edit = ["input", "three\nfour\n"] as const;

const GIT = "export GIT_AUTHOR_DATE=@1000000000 GIT_COMMITTER_DATE=@1000000000 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_NOSYSTEM=1; ";

export const SHELLS: readonly Guest[] = [
  { group, name: "git: init, add, commit, status, worktree, gc", needs: ["git"], files, edit, varies: /\.git\/(.*\/)?index$|\.git\/(.*\/)?logs\//, answer: "replayed",
    command: `${GIT}git init -q -b main . 2>&1; git add input folder && git commit -q -m text --allow-empty && git status -s && git worktree remove --force side 2>/dev/null; git worktree add -q -f --detach side && git -C side log --format=%H%s && git gc -q --prune=now && git fsck` },
  { group, name: "tar, rsync, cp -a and install", needs: ["rsync", "tar"], files, edit, varies: /\.tar$/, answer: "replayed", command: "tar cf all.tar input folder && mkdir -p out && tar xf all.tar -C out && rsync -a --delete folder/ out/synced/ && cp -a folder out/copied && install -m 640 input out/installed && cat out/installed out/copied/*" },
  { group, name: "script, which makes a terminal", needs: ["script"], files, edit, answer: { code: "device" }, command: "script -qec 'test -t 1 && sort -r input && stty size >/dev/null && echo terminal' /dev/null" },
  { group, name: "GNU parallel", needs: ["parallel"], files, edit, answer: "in part", command: "parallel --will-cite -k -j3 'tr a-z A-Z < {} | tee {/}.upper' ::: input folder/a folder/b" },
  { group, name: "xargs -P", needs: [], files, edit, answer: "replayed", command: "printf '%s\\n' input folder/a folder/b | xargs -P3 -I% sh -c 'tr a-z A-Z < % > $(basename %).upper'; cat *.upper" },
  { group, name: "bash: process substitution, coprocess, here-documents", needs: ["bash"], files, edit, answer: "replayed",
    command: "bash -c 'diff <(sort input) <(sort -r input) > differences; coproc cat; echo over >&${COPROC[1]}; read -r line <&${COPROC[0]}; echo $line; eval \"exec ${COPROC[1]}>&-\"; wait; cat <<E\n$(< input)\nE\ntr a-z A-Z <<< \"$(head -1 input)\"'" },
];
