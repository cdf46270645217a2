// `fathom postmortem` on failures of which the cause is known, because it was put there: it
// must be the first that is named, confirmed where an experiment can, and not found where
// nothing that is recorded is to blame.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { test } from "node:test";
import { EVENT_MS_MAX, FATHOM, withRig, withRigAsync, type Options, type Rig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";

interface Told {
  readonly sentence: string;
  readonly failing: { readonly process: { readonly command: string }; readonly exit: string; readonly error: string | null; readonly isHidden: boolean; readonly cameToLightIn: { readonly command: string } } | null;
  readonly cause: { readonly kind: string; readonly name: string; readonly text: string; readonly certainty: string; readonly chain: readonly { readonly process: { readonly command: string }; readonly text: string }[] };
  readonly others: readonly { readonly name: string }[];
  readonly cleared: readonly string[];
  readonly conditions: readonly string[];
  readonly downstream: { readonly named: readonly string[] };
  readonly actions: readonly string[];
}

/** Takes longer than is not worth storing, and does what the script says. */
const WORK = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done;";

function project(rig: Rig, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) rig.write(name, text);
  rig.write(".gitignore", "*.o\nprog\ngen.h\nlist\nout\n");
  rig.bare(["sh", "-c", "git init -q . && git add -A && git -c user.name=t -c user.email=t@t commit -qm green"]);
}

function green(rig: Rig, command: readonly string[], options: Options = {}): void {
  const ran = rig.fathom(command, options);
  assert.equal(ran.code, 0, ran.stderr);
}

function red(rig: Rig, command: readonly string[], options: Options = {}): void {
  const ran = rig.fathom(command, options);
  assert.notEqual(ran.code, 0, ran.stdout);
}

function postmortem(rig: Rig, env: Readonly<Record<string, string>> = {}, before: readonly string[] = []): Told {
  const status = rig.bare(["git", "status", "--short"]).stdout;
  const run = spawnSync("env", [...before, FATHOM, "postmortem", "--json"], { cwd: rig.work, env: { ...rig.env, ...env }, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(rig.bare(["git", "status", "--short"]).stdout, status, "the workspace is left as it was");
  return JSON.parse(run.stdout) as Told;
}

/** Green with these files, then what happened to them, then red. */
function explained(rig: Rig, files: Readonly<Record<string, string>>, command: readonly string[], happened: () => void): Told {
  project(rig, files);
  green(rig, command);
  happened();
  red(rig, command);
  return postmortem(rig);
}

const brief = ({ cause }: Told): readonly string[] => [cause.kind, cause.name, cause.certainty];

const MAKEFILE = "CFLAGS = -Ilocal -Isys -Wall\nall: prog\nprog: a.o b.o\n\tcc -o prog a.o b.o\na.o: a.c sys/a.h\n\tcc $(CFLAGS) -c a.c\nb.o: b.c sys/b.h\n\tcc $(CFLAGS) -c b.c\n";
const C_PROJECT = {
  Makefile: MAKEFILE, "sys/a.h": "#define N 1\n", "sys/b.h": "#define M 1\n", "local/empty": "",
  "a.c": worthStoring("#include <a.h>\nint b(void);\nint main(void) { int unused; return N - b(); }\n"), "b.c": worthStoring("#include <b.h>\n#include <a.h>\nint b(void) { return M; }\n"),
};

test("a changed header: named with its error, confirmed, and what did not run any more", withRig((rig) => {
  const told = explained(rig, C_PROJECT, ["make"], () => {
    rig.write("sys/a.h", "#define N (1\n");
    rig.bare(["touch", "a.c"]);
  });
  assert.deepEqual(brief(told), ["input", "sys/a.h", "confirmed"], JSON.stringify(told));
  assert.match(told.failing?.process.command ?? "", /^cc .*-c a\.c$/);
  assert.match(told.failing?.error ?? "", /a\.c:3:.*error/);
  assert.ok(told.downstream.named.includes("cc -o prog a.o b.o"), JSON.stringify(told.downstream));
  const markdown = spawnSync(FATHOM, ["postmortem"], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" }).stdout;
  assert.match(markdown, /^# Postmortem\n\n"cc .*-c a\.c" failed \(exit 1\) because "sys\/a\.h" changed \(confirmed\)\.\n/);
}));

test("of two edits the guilty one, and the other one is cleared", withRig((rig) => {
  const told = explained(rig, C_PROJECT, ["make"], () => {
    rig.write("sys/b.h", "#define M 1 /* the same */\n");
    rig.write("sys/a.h", "#define N 1\n#error no\n");
    rig.bare(["sh", "-c", "rm -f *.o; touch b.c; sed -i 's/a.o b.o/b.o/' Makefile"]);
    rig.bare(["git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qam", "edits"]);
  });
  assert.deepEqual(brief(told), ["input", "sys/a.h", "confirmed"], JSON.stringify(told));
  assert.deepEqual(told.cleared, ["\"sys/b.h\" changed"]);
}));

test("two edits that are guilty only together: neither alone is blamed", withRig((rig) => {
  const told = explained(rig, { "run.sh": `${WORK} [ "$(cat a)$(cat b)" != 22 ]`, a: "1", b: "1" }, ["sh", "run.sh"], () => {
    rig.write("a", "2");
    rig.write("b", "2");
  });
  // To put one of the two back is enough, and which is a matter of taste.
  assert.deepEqual([told.cause.kind, told.cause.certainty, ["a", "b"].includes(told.cause.name)], ["input", "confirmed", true], JSON.stringify(told));
}));

test("a changed tool, whose output broke what came later, is followed through what it made", withRig((rig) => {
  const told = explained(rig, { Makefile: "all: a.o\ngen.h: gen.sh\n\tsh gen.sh\na.o: a.c gen.h\n\tcc -c a.c\n", "gen.sh": `${WORK} echo "#define N 1" > gen.h`, "a.c": worthStoring("#include \"gen.h\"\nint n = N;\n") }, ["make"], () => { rig.write("gen.sh", `${WORK} echo "#define N (1" > gen.h`); });
  assert.deepEqual(brief(told), ["tool", "gen.sh", "confirmed"], JSON.stringify(told));
  assert.ok(told.cause.chain.length >= 2);
  assert.match(told.cause.chain.at(-1)?.text ?? "", /"gen\.h" changed/);
}));

test("an input of a generator, two steps before the failure", withRig((rig) => {
  assert.deepEqual(brief(explained(rig, { Makefile: "all: a.o\ngen.h: gen.txt\n\tsh gen.sh\na.o: a.c gen.h\n\tcc -c a.c\n", "gen.sh": `${WORK} echo "#define N $(cat gen.txt)" > gen.h`, "gen.txt": "1\n", "a.c": worthStoring("#include \"gen.h\"\nint n = N;\n") }, ["make"], () => { rig.write("gen.txt", "one +\n"); })), ["input", "gen.txt", "confirmed"]);
}));

test("a variable that has another value: confirmed when it has the green one again, else a suspicion", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} [ "$MODE" = good ]` });
  green(rig, ["sh", "run.sh"], { env: { MODE: "good" } });
  red(rig, ["sh", "run.sh"], { env: { MODE: "bad" } });
  assert.deepEqual(brief(postmortem(rig, { MODE: "good" })), ["variable", "MODE", "confirmed"]);
  assert.deepEqual(brief(postmortem(rig, { MODE: "bad" })), ["variable", "MODE", "consistent"]);
}));

test("a variable that was not set before is taken away to confirm it", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} [ -z "$EXTRA" ]` });
  green(rig, ["sh", "run.sh"]);
  red(rig, ["sh", "run.sh"], { env: { EXTRA: "1" } });
  assert.deepEqual(brief(postmortem(rig, { EXTRA: "1" })), ["variable", "EXTRA", "confirmed"]);
}));

test("a missing file is put back from git to confirm it", withRig((rig) => {
  const told = explained(rig, { "run.sh": `${WORK} cat data.txt`, "data.txt": "x" }, ["sh", "run.sh"], () => { rig.bare(["rm", "data.txt"]); });
  assert.deepEqual(brief(told), ["input", "data.txt", "confirmed"]);
  assert.match(told.cause.text, /is gone/);
}));

test("a missing file of a program that is too slight to be stored", withRig((rig) => {
  assert.deepEqual(brief(explained(rig, { Makefile: "all: one\n\t@cat data.txt\none:\n\t@sh one.sh\n", "one.sh": `${WORK} :`, "data.txt": "x" }, ["make"], () => { rig.bare(["rm", "data.txt"]); })), ["input", "data.txt", "confirmed"]);
}));

test("a header that appeared earlier on the path", withRig((rig) => {
  assert.deepEqual(brief(explained(rig, C_PROJECT, ["make"], () => {
    rig.write("local/a.h", "#error shadow\n");
    rig.bare(["rm", "a.o"]);
  })), ["input", "local/a.h", "confirmed"]);
}));

test("a program that appeared earlier on PATH", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} tool`, "second/tool": "#!/bin/sh\nexit 0\n", "first/empty": "" });
  rig.bare(["chmod", "+x", "second/tool"]);
  const env = { PATH: `${rig.work}/first:${rig.work}/second:${rig.env["PATH"] ?? ""}` };
  green(rig, ["sh", "run.sh"], { env });
  rig.write("first/tool", "#!/bin/sh\nexit 3\n", 0o755);
  red(rig, ["sh", "run.sh"], { env });
  const told = postmortem(rig, env);
  assert.deepEqual([told.cause.name, told.cause.certainty], ["first/tool", "confirmed"], JSON.stringify(told));
}));

test("an argument of the compiler, given by make", withRig((rig) => {
  assert.deepEqual(brief(explained(rig, C_PROJECT, ["make"], () => {
    rig.write("Makefile", MAKEFILE.replace("-Wall", "-Wall -Werror"));
    rig.bare(["rm", "a.o"]);
  })), ["argument", "-Werror", "confirmed"]);
}));

test("a script that may not be executed any more", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} ./tool.sh`, "tool.sh": "#!/bin/sh\nexit 0\n" });
  rig.bare(["chmod", "+x", "tool.sh"]);
  green(rig, ["sh", "run.sh"]);
  rig.bare(["chmod", "-x", "tool.sh"]);
  red(rig, ["sh", "run.sh"]);
  const told = postmortem(rig);
  assert.deepEqual([told.cause.name, told.cause.certainty, told.failing?.exit], ["tool.sh", "confirmed", "126"], JSON.stringify(told));
}));

test("a name too many in a directory that is listed", withRig((rig) => {
  const told = explained(rig, { "run.sh": `${WORK} for part in parts/*; do sh "$part" || exit 1; done`, "parts/one.sh": ":", "parts/two.sh": ":" }, ["sh", "run.sh"], () => { rig.write("parts/three.sh~", "exit 1"); });
  assert.deepEqual(brief(told), ["listing", "parts", "confirmed"], JSON.stringify(told));
  assert.match(told.sentence, /\+three\.sh~/);
}));

test("an exit code that a pipe hides: who failed first is named, and where it came to light", withRig((rig) => {
  const told = explained(rig, { "run.sh": "sh gen.sh | cat > list\nsh check.sh\n", "gen.sh": `${WORK} cat names || exit 1`, "check.sh": `${WORK} grep -q a list`, names: "a\n" }, ["sh", "run.sh"], () => { rig.bare(["rm", "names"]); });
  assert.deepEqual(brief(told), ["input", "names", "confirmed"], JSON.stringify(told));
  assert.equal(told.failing?.isHidden, true);
  assert.match(told.failing.cameToLightIn.command, /grep|check/);
  assert.ok(told.actions.some((action) => action.includes("pipefail")));
}));

test("a step that came too early", withRig((rig) => {
  project(rig, {
    Makefile: "all: gen.h a.o\ngen.h:\n\tsh gen.sh\na.o:\n\tcc -c a.c; code=$$?; [ ! -e wait ] || echo > go; exit $$code\n", "a.c": worthStoring("#include \"gen.h\"\nint n = N;\n"),
    "gen.sh": `${WORK} [ ! -e wait ] || read line < go; echo "#define N 1" > gen.h`,
  });
  green(rig, ["make", "-j1"]);
  rig.bare(["sh", "-c", "rm -f a.o gen.h; touch wait; mkfifo go"]);
  red(rig, ["make", "-j2"]);
  rig.bare(["rm", "wait", "go"]);
  const told = postmortem(rig);
  assert.deepEqual(brief(told), ["order", "gen.h", "confirmed"], JSON.stringify(told));
}));

test("a made header that was not made again is called stale, beside the edit that needed it", withRig((rig) => {
  const told = explained(rig, { Makefile: "all: gen.h a.o\ngen.h: gen.sh\n\tsh gen.sh\na.o: a.c\n\tcc -c a.c\n", "gen.sh": `${WORK} sed 's/^/#define /' names > gen.h`, names: "ONE 1\n", "a.c": "#include \"gen.h\"\nint n = ONE;\n" }, ["make"], () => {
    rig.write("names", "ONE 1\nTWO 2\n");
    rig.write("a.c", "#include \"gen.h\"\nint n = TWO;\n");
  });
  assert.deepEqual(brief(told), ["input", "a.c", "confirmed"]);
  assert.match(told.sentence, /; "gen\.h", which it read, is stale$/);
  assert.deepEqual(told.conditions, ["\"gen.h\" is stale: \"names\" changed since \"sh gen.sh\" made it, and nothing made it again"]);
}));

test("what somebody else wrote over a build's output is no fault of who made it", withRig((rig) => {
  const told = explained(rig, C_PROJECT, ["make"], () => {
    rig.write("b.o", "no object\n");
    rig.bare(["rm", "prog"]);
  });
  assert.deepEqual(brief(told), ["input", "b.o", "confirmed"], JSON.stringify(told));
  assert.equal(told.cause.text, "\"b.o\" was written over since the green run made it, by nobody in these runs");
}));

test("a wrapper that is found in place of a program, and becomes it with other arguments", withRig((rig) => {
  project(rig, { ...C_PROJECT, "wrapped/cc": "#!/bin/sh\nexec /usr/bin/cc -Werror=unused-variable \"$@\"\n", "plain/empty": "" });
  rig.bare(["chmod", "+x", "wrapped/cc"]);
  const path = rig.env["PATH"] ?? "";
  green(rig, ["make"], { env: { PATH: `${rig.work}/plain:${path}` } });
  rig.bare(["sh", "-c", "rm -f *.o prog; cp wrapped/cc plain/cc"]);
  red(rig, ["make"], { env: { PATH: `${rig.work}/plain:${path}` } });
  const told = postmortem(rig, { PATH: `${rig.work}/plain:${path}` });
  assert.deepEqual(brief(told), ["tool", "plain/cc", "confirmed"], JSON.stringify(told));
  assert.match(told.failing?.process.command ?? "", /-c a\.c$/);
}));

test("a lock that was left behind", withRig((rig) => {
  const told = explained(rig, { Makefile: "all: one\n\t@mkdir lock && cat one.sh >out && rmdir lock\none:\n\t@sh one.sh\n", "one.sh": `${WORK} :` }, ["make"], () => { rig.bare(["mkdir", "lock"]); });
  assert.deepEqual(brief(told), ["input", "lock", "confirmed"], JSON.stringify(told));
  assert.match(told.cause.text, /is there already/);
}));

test("of a compiler that says much the first error is told, and of a variable that it is not set any more", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} [ -n "$KEY" ] && exit 0; echo "a.c:1:2: error: the first" >&2; i=0; while [ $i -lt 200 ]; do echo "a.c:9:9: error: number $i" >&2; i=$((i+1)); done; exit 1` });
  green(rig, ["sh", "run.sh"], { env: { KEY: "1" } });
  red(rig, ["sh", "run.sh"]);
  const told = postmortem(rig);
  assert.equal(told.failing?.error, "a.c:1:2: error: the first");
  assert.equal(told.cause.text, "the variable KEY was unset");
}));

test("a program that fails now and then is flaky", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} case $(date +%N) in *[0-7]) exit 0;; esac; exit 1` });
  const run = (): number | null => rig.fathom(["sh", "run.sh"], { flags: ["--force"] }).code;
  while (run() !== 0);
  while (run() === 0);
  assert.equal(postmortem(rig).cause.kind, "flaky");
}));

test("out of memory because an input grew: the input is the cause, memory a condition", withRig((rig) => {
  rig.program("allocate");
  const told = explained(rig, { Makefile: "all:\n\t./allocate size\n", size: "1000" }, ["make"], () => { rig.write("size", "8000000000"); });
  assert.deepEqual(brief(told), ["input", "size", "confirmed"], JSON.stringify(told));
  assert.ok(told.conditions.some((condition) => condition.includes("ran out of memory")), JSON.stringify(told));
}));

test("killed from outside as the kernel does when memory is short", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  project(rig, { "run.sh": `${WORK} echo ready $$; [ -p go ] && read line < go; true` });
  green(rig, ["sh", "run.sh"]);
  rig.bare(["mkfifo", "go"]);
  const running = rig.start(["sh", "run.sh"]);
  await running.says("ready");
  await running.says("\n");
  process.kill(running.child.pid === undefined ? 0 : Number(rig.bare(["sh", "-c", `pgrep -P ${String(running.child.pid)} -x sh`]).stdout), "SIGKILL");
  await running.done;
  rig.bare(["rm", "go"]);
  const told = postmortem(rig);
  assert.equal(told.cause.kind, "memory", JSON.stringify(told));
  assert.equal(told.failing?.exit, "signal 9");
}));

test("a full disk", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} head -c 40000 /dev/zero > out/made`, "out/empty": "" });
  const on = (size: string): number | null => rig.bare(["unshare", "-rm", "sh", "-c", `mount -t tmpfs -o size=${size} tmpfs out && ${FATHOM} --quiet -- sh run.sh`]).code;
  assert.equal(on("1m"), 0);
  assert.notEqual(on("16k"), 0);
  assert.equal(postmortem(rig).cause.kind, "disk");
}));

test("a link that leads elsewhere, put back to confirm it", withRig((rig) => {
  project(rig, { ...C_PROJECT, "new/a.h": "#define N (\n", "new/b.h": "#define M 1\n" });
  rig.bare(["sh", "-c", "mv sys old && ln -s old sys"]);
  green(rig, ["make"]);
  rig.bare(["sh", "-c", "ln -sfn new sys; rm -f *.o"]);
  red(rig, ["make"]);
  const told = postmortem(rig);
  assert.deepEqual(brief(told), ["input", "sys", "confirmed"], JSON.stringify(told));
  assert.equal(told.cause.text, "the link \"sys\" points elsewhere");
}));

test("another umask, given back to confirm it", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} echo x >out; [ "$(stat -c %a out)" = 644 ]` });
  const masked = (mask: string): number | null => rig.bare(["sh", "-c", `umask ${mask}; rm -f out; exec ${FATHOM} --quiet -- sh run.sh`]).code;
  assert.deepEqual([masked("022"), masked("077")], [0, 1]);
  rig.bare(["rm", "out"]);
  const told = postmortem(rig);
  assert.deepEqual([told.cause.text, told.cause.certainty], ["the umask is 0077, not 0022", "confirmed"], JSON.stringify(told));
}));

test("a file whose name is written in other letters now", withRig((rig) => {
  const told = explained(rig, C_PROJECT, ["make"], () => { rig.bare(["sh", "-c", "mv sys/a.h sys/A.h; rm -f *.o; sed -i 's/ sys.a.h//' Makefile"]); });
  assert.deepEqual([told.cause.text, told.cause.certainty], ["\"sys/a.h\" is gone, and \"sys/A.h\" is there", "confirmed"], JSON.stringify(told));
}));

const TOOL = "#!/bin/sh\nexit 0\n";
const makefileFor = (program: string): string => `all: one\n\t${program}\none:\n\t@sh one.sh\n`;

test("a program that make cannot start any more is put back from git with its mode", withRig((rig) => {
  rig.write("tools/gen", TOOL, 0o755);
  const told = explained(rig, { Makefile: makefileFor("tools/gen"), "one.sh": `${WORK} :` }, ["make"], () => { rig.bare(["rm", "tools/gen"]); });
  assert.deepEqual(brief(told), ["input", "tools/gen", "confirmed"], JSON.stringify(told));
}));

test("a program outside of the workspace that make cannot start any more", withRig((rig) => {
  const tool = `${rig.outside}/gen`;
  rig.write(tool, TOOL, 0o755);
  const told = explained(rig, { Makefile: makefileFor(tool), "one.sh": `${WORK} :` }, ["make"], () => { rig.bare(["rm", tool]); });
  assert.deepEqual(brief(told), ["tool", tool, "consistent"], JSON.stringify(told));
}));

test("a port that somebody else listens at", { timeout: EVENT_MS_MAX }, withRigAsync(async (rig) => {
  const listens = async (port: number): Promise<Server> => { const server = createServer().listen(port, "127.0.0.1"); await once(server, "listening"); return server; };
  const server = await listens(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  project(rig, { Makefile: "all:\n\tnode serve.js\n", "serve.js": `const server = require("node:net").createServer().listen(${String(port)}, "127.0.0.1", () => server.close());\n` });
  green(rig, ["make"]);
  const other = await listens(port);
  red(rig, ["make"]);
  const told = postmortem(rig);
  await new Promise((resolve) => other.close(resolve));
  assert.equal(told.cause.kind, "port", JSON.stringify(told));
  assert.match(told.failing?.error ?? "", /^Error: listen EADDRINUSE/);
}));

test("a full temporary folder, though an edit differs as well", withRig((rig) => {
  project(rig, { Makefile: "all: out\nout: big\n\tsort -S 100k big >out\n", big: Array.from({ length: 60_000 }, (_, index) => `line ${String(index * 7919 % 60_000)}\n`).join("") });
  const on = (size: string): number | null => rig.bare(["unshare", "-rm", "sh", "-c", `mount -t tmpfs -o size=${size} tmpfs "$TMPDIR" && exec ${FATHOM} --quiet -- make`]).code;
  assert.equal(on("16m"), 0);
  rig.bare(["sh", "-c", "echo one more >>big"]);
  assert.notEqual(on("16k"), 0);
  const told = postmortem(rig);
  assert.deepEqual([told.cause.kind, told.cause.name], ["disk", "TMPDIR"], JSON.stringify(told));
  assert.match(told.actions.join("\n"), /^Make room in the temporary folder/);
}));

test("what is not recorded is not found, and what differs besides is cleared", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} cat note; [ "$(nice)" = ${rig.bare(["nice"]).stdout.trim()} ]`, note: "1" });
  green(rig, ["sh", "run.sh"]);
  rig.write("note", "2");
  const ran = rig.bare(["nice", "-n", "5", FATHOM, "--quiet", "--", "sh", "run.sh"]);
  assert.notEqual(ran.code, 0);
  const told = postmortem(rig, {}, ["nice", "-n", "5"]);
  assert.deepEqual([told.cause.kind, told.cleared], ["not-found", ["\"note\" changed"]], JSON.stringify(told));
}));

test("without a run that failed, or one that did not, that is said", withRig((rig) => {
  project(rig, { "run.sh": `${WORK} [ -e yes ]` });
  red(rig, ["sh", "run.sh"]);
  const ask = (): { readonly code: number | null; readonly stderr: string } => { const run = spawnSync(FATHOM, ["postmortem"], { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" }); return { code: run.status, stderr: run.stderr }; };
  assert.match(ask().stderr, /no earlier run of "sh run\.sh" that succeeded is recorded/);
  assert.equal(ask().code, 2);
}));
