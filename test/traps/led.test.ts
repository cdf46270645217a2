// Views where nothing can be mounted: what programs do there is what they do in a
// plain directory at the same path, and the plain directory knows nothing of it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { differences } from "../../src/base/scratch.ts";
import { confined } from "../rig/confined.ts";
import { withRig, type Rig } from "../rig/rig.ts";
import { ask, led, ledOrdinary, say, tick, tree, type Tried, type Who } from "../rig/view-rig.ts";
import { program } from "../rig/programs.ts";

const ledWithoutCopies = (): Who => [confined(), "deny=unshare,pidfd_getfd:EPERM", "--"];

const MAKEFILE = `all: build/app
	./build/app
build/app: build/made.o src/main.o
	cc -o $@ $^
build/made.c: build/tool
	cd build && ./tool > made.c
build/tool: src/tool.c
	mkdir -p build && cc -o $@ $<
%.o: %.c include/one.h
	cc -Iinclude -c -o $@ $<
`;

function furnish(rig: Rig): void {
  mkdirSync(rig.path(".git"));
  rig.write("Makefile", MAKEFILE);
  rig.write("include/one.h", "#define ONE 1\nint made(void);\n");
  rig.write("src/main.c", '#include <stdio.h>\n#include "one.h"\nint main(void) { printf("%d\\n", made() + ONE); return 0; }\n');
  rig.write("src/tool.c", '#include <stdio.h>\nint main(void) { puts("int made(void) { return 41; }"); return 0; }\n');
  rig.write("old/deep/a", "a");
  rig.write("old/b", "b");
  rig.write("run.sh", "#!/bin/sh\necho run $0 $1 in $(pwd)\n", 0o755);
  tick(rig);
}

/** Pinned: what the workspace was lies over it. Loose: nothing does, and guests look at most of it by themselves. */
type Kind = "pinned" | "loose";
const KINDS: readonly Kind[] = ["pinned", "loose"];

/** In a view, committed, and then plainly: streams and trees are the same. Gives back the common output. */
function sameAsPlain(rig: Rig, script: string, who: Who, kind: Kind, more: (rig: Rig) => void = () => undefined): string {
  more(rig);
  furnish(rig);
  if (who.includes("user=64321")) rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
  const before = tree(rig);
  const told = say(rig, [...(kind === "pinned" ? ["view", "new", "v"] : ["try", "--keep", "--json"]), "--", "sh", "-c", script], who);
  assert.deepEqual(differences(tree(rig), before), [], "nothing shows outside");
  const viewed = kind === "pinned" ? told.stdout.replace(/^v\n/, "") : told.stdout;
  const view = kind === "pinned" ? "v" : (JSON.parse(told.stderr.trimEnd().split("\n").at(-1) ?? "") as Tried).view;
  assert.match(ask(rig, ["view", "list", "--json"], who), /"tier":"redirect"/);
  ask(rig, ["view", "commit", view], who);
  const committed = tree(rig);
  ask(rig, ["undo"], who);
  const [shell, ...words] = [...(who.includes("user=64321") ? [confined(), "user=64321", "--"] : []), "sh", "-c", script];
  const plain = spawnSync(shell, words, { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" });
  assert.equal(viewed, plain.stdout, told.stderr);
  assert.deepEqual(differences(committed, tree(rig)), []);
  return plain.stdout;
}

const CLAIMS: readonly (readonly [string, string, RegExp])[] = [
  ["a build whose tools it builds itself", "make -s && make -s && touch src/main.c && make -s", /^42\n42\n42\n$/],
  ["git", 'export GIT_AUTHOR_DATE="2020-01-01T00:00:00Z" GIT_COMMITTER_DATE="2020-01-01T00:00:00Z" GIT_CONFIG_GLOBAL=/dev/null; git init -q -b m x && cd x && cp -r ../src ../old . && git add -A && git -c user.name=n -c user.email=e commit -qm one && git mv src/main.c moved.c && git rm -qr old && git status --short && git clean -fdxq && git log --format=%H && rm -rf .git', /^R {2}src\/main.c -> moved.c\nD {2}old\/b\nD {2}old\/deep\/a\n[0-9a-f]{40}\n$/],
  ["scripts, by every name, from folders that are only there", 'mkdir -p new/deep; cp run.sh new/deep/r; ln -s deep/r new/l; ./run.sh 1; new/l 2; cd new/deep; ./r 3; ../../run.sh 4; printf "#!../l x\\n" > s; chmod +x s; ./s 5; "$OLDPWD/new/deep/r" 6 | sed s,$OLDPWD,/w,', /run \/w\/new\/deep\/r 6/],
  ["node", `node -e '
    const fs = require("node:fs"), { spawnSync } = require("node:child_process");
    fs.mkdirSync("made/in", { recursive: true }); fs.cpSync("old", "made/old", { recursive: true });
    fs.writeFileSync("made/in/x.js", "console.log(require(\\"node:path\\").relative(process.argv[2], __filename), process.cwd() === process.argv[2])");
    console.log(fs.readdirSync(".", { recursive: true }).filter((name) => !name.startsWith(".")).sort().join());
    console.log(spawnSync(process.execPath, ["in/x.js", fs.realpathSync("made")], { cwd: "made", encoding: "utf8" }).stdout);
    fs.rmSync("old", { recursive: true }); console.log(fs.existsSync("old/b"), fs.realpathSync("made/in/../old/b").endsWith("made/old/b"));
    fs.renameSync("made/old", "old"); console.log(fs.readdirSync("old"), fs.statSync("old/b").size);'`, /in\/x\.js true\n\nfalse true\n\[ 'b', 'deep' \] 1\n$/],
];

test("a directory that its owner may not read is removed and replaced when it is empty, and not when it is not", { skip: process.getuid?.() === 0 ? false : "becoming others takes root" }, withRig((rig) => {
  furnish(rig);
  rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
  ask(rig, ["view", "new", "v"], ledOrdinary());
  const told = ask(rig, ["view", "enter", "v", "--", "sh", "-c", "mkdir -m 151 e && rmdir e && mkdir -p f/in && chmod 111 f && ! rmdir f && stat -c %a f; mkdir -m 0 g && mkdir h && mv -T h g && ls -d g && stat -c %a g"], ledOrdinary());
  assert.equal(told, "111\ng\n755\n");
}));

test("an own file that its owner may not read is emptied and written, where nobody needs what it holds", { skip: process.getuid?.() === 0 ? false : "becoming others takes root" }, withRig((rig) => {
  furnish(rig);
  rig.write("closed", "secret", 0o200);
  rig.write("empty", "", 0o200);
  rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
  ask(rig, ["view", "new", "v"], ledOrdinary());
  ask(rig, ["view", "enter", "v", "--", "sh", "-c", "echo new > closed && echo more >> empty"], ledOrdinary());
  ask(rig, ["view", "commit", "v"], ledOrdinary());
  assert.deepEqual([rig.read("closed"), rig.read("empty"), rig.bare(["stat", "-c", "%a", "closed", "empty"]).stdout], ["new\n", "more\n", "200\n200\n"]);
}));

test("who has a file open that was replaced in a view without a mount does not change what is there instead", withRig((rig) => {
  furnish(rig);
  ask(rig, ["view", "new", "v"], led());
  const script = "import os; f = os.open('old/b', os.O_RDONLY); g = os.open('old/deep/a', os.O_RDONLY); os.fchmod(g, 0o640)\n" +
    "open('n', 'w').close(); os.chmod('n', 0o600); os.rename('n', 'old/b')\ntry: os.fchmod(f, 0o777)\nexcept FileNotFoundError: print('gone')\n" +
    "os.fchmod(g, 0o604); print(oct(os.stat('old/b').st_mode), oct(os.stat('old/deep/a').st_mode))";
  assert.equal(ask(rig, ["view", "enter", "v", "--", "python3", "-c", script], led()), "gone\n0o100600 0o100604\n");
}));

for (const [name, who] of [["root", led], ["an ordinary user", ledOrdinary]] as const) {
  for (const kind of KINDS) {
    for (const [claim, script, expected] of CLAIMS) {
      test(`in a view of ${name} without a mount: ${claim}, as in a plain directory (${kind})`, { skip: process.getuid?.() === 0 ? false : "becoming others takes root" }, withRig((rig) => {
        assert.match(sameAsPlain(rig, script, who(), kind), expected);
      }));
    }
  }
}

for (const kind of KINDS) {
  for (const which of ["names", "names.static"] as const) {
    test(`odd calls in a view without a mount give what they give plainly (${which}, ${kind})`, withRig((rig) => {
      assert.match(sameAsPlain(rig, program(which), led(), kind), /\nend\n$/);
    }));
  }
}

function furnishToLookAt(rig: Rig): void {
  mkdirSync(rig.path("empty"), { recursive: true });
  mkdirSync(rig.path("old"));
  symlinkSync("old", rig.path("to-old"));
  symlinkSync("deep", rig.path("old/link"));
  for (let count = 0; count < 900; count++) rig.write(`many/${"name-of-some-length-".repeat(2)}${String(count)}`, "");
}

for (const [name, who, kind] of [["where descriptors can be taken", led, "loose"], ["where none can", ledWithoutCopies, "loose"], ["a pinned one", led, "pinned"]] as const) {
  for (const which of ["looks", "looks.static"] as const) {
    test(`what was looked at in a view without a mount is seen to change (${which}, ${name})`, withRig((rig) => {
      assert.match(sameAsPlain(rig, program(which), who(), kind, furnishToLookAt), /\nend\n$/);
    }));
  }
}

const sanitizers = spawnSync("cc", ["-fsanitize=address", "-x", "c", "-o", "/dev/null", "-"], { input: "int main(void) { return 0; }" }).status === 0 ? false : "the compiler has no such run-time library";

test("programs built with a sanitizer, whose library must be loaded first, run in a view without a mount, in it and outside", { skip: sanitizers }, withRig((rig) => {
  assert.equal(sameAsPlain(rig, 'printf "int main(void) { return 0; }" > a.c && cc -fsanitize=address -o a a.c && ./a && cp a $TMPDIR/a && ASAN_OPTIONS=detect_leaks=0 $TMPDIR/a && rm a && echo ran', led(), "loose"), "ran\n");
}));
