// `fathom why` on real builds: each kind of evidence once, with the one that was the
// cause and no other. What it says must hold, so every edit here is one edit.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Rig, withRig } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";

interface Named {
  readonly command: string;
  readonly task: string | null;
}

interface Evidence {
  readonly kind: string;
  readonly name: string;
  readonly what: string;
  readonly readBy: readonly Named[];
  readonly writtenBy: (Named & { readonly how: string; readonly because: string | null }) | null;
  readonly names: { readonly added: readonly string[]; readonly removed: readonly string[] } | null;
}

interface Answer {
  readonly sentence: string;
  readonly cause: string;
  readonly outcome: { readonly kind: string; readonly notStored?: string | null };
  readonly evidence: readonly Evidence[];
  readonly total: number;
  readonly parts: readonly Answer[];
  /** Of a file. */
  readonly changedSince?: readonly string[] | null;
  readonly isAsWritten?: boolean | null;
}

interface Told {
  readonly lines: readonly string[];
  readonly code: number | null;
  readonly stderr: string;
}

function fathom(rig: Rig, args: readonly string[], cwd = rig.work): Told {
  const { stdout, code, stderr } = rig.ask(args, cwd);
  return { lines: stdout.trimEnd().split("\n"), code, stderr };
}

function why(rig: Rig, ...args: readonly string[]): Answer {
  const { lines, code, stderr } = fathom(rig, ["why", "--json", ...args]);
  assert.equal(code, 0, stderr);
  return JSON.parse(lines.join("\n")) as Answer;
}

const brief = ({ kind, name, what }: Evidence): string => `${kind} ${name} ${what}`;

/** Takes longer than is not worth storing, and does what the script says. */
const WORK = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done;";

test("a file that somebody edited is named, with the process that read it, and nobody is said to have written it", withRig((rig) => {
  rig.write("a.txt", "one");
  rig.write("read.sh", `${WORK} cat a.txt`);
  rig.sh("sh read.sh");
  rig.write("a.txt", "two");
  rig.sh("sh read.sh");
  const { sentence, cause, evidence } = why(rig);
  assert.equal(sentence, `"sh -c 'sh read.sh'" ran because "a.txt" changed`);
  assert.deepEqual([cause, evidence.map(brief), evidence[0]?.writtenBy, evidence[0]?.readBy.map(({ command }) => command)], ["changed", ["content a.txt content"], null, ["cat a.txt"]]);
}));

test("two edits are two causes", withRig((rig) => {
  rig.write("a.txt", "one");
  rig.write("b.txt", "one");
  rig.sh(`${WORK} cat a.txt b.txt`);
  rig.write("a.txt", "two");
  rig.write("b.txt", "two");
  rig.sh(`${WORK} cat a.txt b.txt`);
  const { evidence, total } = why(rig);
  assert.deepEqual([evidence.map(({ name }) => name), total], [["a.txt", "b.txt"], 2]);
}));

const MAKEFILE = "CFLAGS = -O1\nall: a.o\ngen.h: gen.txt\n\tsh -c 'cat gen.txt > gen.h'\na.o: a.c gen.h\n\tcc $(CFLAGS) -Ilocal -Isys -c a.c\n";

function makeProject(rig: Rig): void {
  rig.write("Makefile", MAKEFILE);
  rig.write("gen.txt", "#define N 1\n");
  rig.write("sys/a.h", "");
  rig.write("local/empty", "");
  rig.write("a.c", worthStoring("#include \"gen.h\"\n#include <a.h>\nint f(void) { return N; }\n"));
  rig.fathom(["make"]);
}

test("what another process of the run wrote is said to be written by it, however slight it is", withRig((rig) => {
  makeProject(rig);
  rig.bare(["touch", "-d", "@1", "gen.h", "a.o"]);
  rig.write("gen.txt", "#define N 2\n");
  rig.fathom(["make"]);
  const { parts } = why(rig);
  const [compile] = parts;
  assert.deepEqual([compile?.cause, compile?.evidence.map(brief)], ["changed", ["content gen.h content"]], JSON.stringify(parts));
  assert.match(compile?.evidence[0]?.writtenBy?.command ?? "", /cat gen\.txt > gen\.h/);
  assert.match(compile?.evidence[0]?.readBy[0]?.command ?? "", /^cc1 /);
  const file = fathom(rig, ["why", "gen.h"]);
  assert.match(file.lines[0] ?? "", /^"gen\.h" was last written by "sh -c 'cat gen\.txt > gen\.h'"; if it changed, 1 unit would run again$/);
}));

test("a probe that now finds something, and an argument that is another", withRig((rig) => {
  makeProject(rig);
  rig.write("local/a.h", "\n");
  rig.bare(["touch", "a.c"]);
  rig.fathom(["make"]);
  assert.deepEqual(why(rig, "cc").evidence.map(brief), ["missing local/a.h appeared"]);
  rig.write("Makefile", MAKEFILE.replace("-O1", "-O2"));
  rig.bare(["rm", "a.o"]);
  rig.fathom(["make"]);
  const answer = why(rig, "cc");
  assert.deepEqual([answer.cause, answer.evidence.map(brief)], ["command-changed", ["argument -O2 replaced"]]);
}));

test("a variable is named, whether a program asked for it or may have read any", withRig((rig) => {
  const script = [process.execPath, "-e", "const t = process.cpuUsage(); while (process.cpuUsage(t).user < 20000); console.log(process.env.MOOD)"];
  rig.fathom(script, { env: { MOOD: "good" } });
  rig.fathom(script, { env: { MOOD: "bad" } });
  const { sentence, evidence } = why(rig);
  assert.match(sentence, /ran because the variable MOOD has another value$/);
  assert.deepEqual(evidence.map(brief), ["variable MOOD value"]);
}));

test("names that are new in a directory, and who made them", withRig((rig) => {
  rig.write("src/a", "");
  rig.sh(`${WORK} ls src`);
  rig.sh("echo > src/b");
  rig.sh(`${WORK} ls src`);
  const [listing] = why(rig).evidence.filter(({ kind }) => kind === "listed");
  assert.deepEqual([listing?.name, listing?.names, listing?.writtenBy?.command], ["src", { added: ["b"], removed: [] }, "sh -c 'echo > src/b'"]);
}));

test("a task says in its line what changed and which task wrote it, and afterwards why that one ran", withRig((rig) => {
  rig.write(".git/HEAD", "");
  rig.write("package.json", JSON.stringify({ name: "root", workspaces: ["packages/*"] }));
  const build = `${WORK} cat in.txt > out.txt`;
  rig.write("packages/a/package.json", JSON.stringify({ name: "a", version: "1.0.0", scripts: { build } }));
  rig.write("packages/a/in.txt", "one");
  rig.write("packages/b/package.json", JSON.stringify({ name: "b", version: "1.0.0", scripts: { build: `${WORK} cat ../a/out.txt` }, dependencies: { a: "*" } }));
  const lines = (): readonly string[] => fathom(rig, ["run", "build", "--output-logs=hash-only"]).lines.filter((line) => line.includes("cache "));
  assert.deepEqual(lines(), ["a:build: cache miss, executing (new: no recorded run has it)", "b:build: cache miss, executing (new: no recorded run has it)"]);
  lines();
  rig.write("packages/a/in.txt", "two");
  assert.deepEqual(lines(), ['a:build: cache miss, executing ("packages/a/in.txt" changed)', 'b:build: cache miss, executing ("packages/a/out.txt" changed (written by a#build))']);
  const [evidence] = why(rig, "b#build").evidence;
  assert.deepEqual([evidence?.name, evidence?.writtenBy?.task, evidence?.writtenBy?.because, evidence?.readBy.map(({ command }) => command)], ["packages/a/out.txt", "a#build", '"packages/a/in.txt" changed', ["cat ../a/out.txt"]]);
  assert.match(fathom(rig, ["why"]).lines[0] ?? "", /^"fathom run build --output-logs=hash-only" started 2 commands: 0 replayed and 2 run$/);
}));

const OWN_DOING = 'what it made itself is there now: "folder/dist", "folder/types"';
for (const [what, meanwhile, told, explained] of [
  ["finds what it made itself, and nothing else, that is said", null, OWN_DOING, OWN_DOING],
  ["finds something else beside what it made itself, both are named", "folder/new", 'the names in "folder" changed; "folder/dist" appeared; last time it was missing; and 1 more', 'the names in "folder" changed: +dist, +new, +types, and 2 other things'],
] as const) {
  test(`of a task that ${what}`, withRig((rig) => {
    rig.write(".git/HEAD", "");
    rig.write("package.json", JSON.stringify({ name: "root", version: "1.0.0", scripts: { build: `${WORK} ls folder | wc -l; mkdir folder/dist folder/types; : > folder/dist/out` } }));
    rig.write("folder/in", "");
    const line = (): string => fathom(rig, ["run", "build", "--output-logs=hash-only"]).lines.find((each) => each.includes("cache ")) ?? "";
    assert.match(line(), /new: no recorded run has it/);
    if (meanwhile !== null) rig.write(meanwhile, "");
    assert.equal(line(), `root:build: cache miss, executing (${told})`);
    assert.ok(why(rig, "build").sentence.endsWith(` ran because ${explained}`));
  }));
}

test("what was written through a link is said to be written", withRig((rig) => {
  rig.write("real/a.txt", "one");
  rig.bare(["ln", "-s", "real", "link"]);
  rig.sh(`${WORK} cat real/a.txt`);
  rig.sh("echo two > link/a.txt");
  rig.sh(`${WORK} cat real/a.txt`);
  assert.equal(why(rig).evidence[0]?.writtenBy?.command, "sh -c 'echo two > link/a.txt'");
}));

test("what could not be stored says why, then and the next time", withRig((rig) => {
  const command = [process.execPath, "-e", "require('net').connect(9, '127.0.0.1').on('error', () => {}); const t = process.cpuUsage(); while (process.cpuUsage(t).user < 20000);"];
  rig.fathom(command);
  assert.match(why(rig).outcome.notStored ?? "", /it used the network/);
  rig.fathom(command);
  const { cause, sentence } = why(rig);
  assert.equal(cause, "not-stored-before");
  assert.match(sentence, /ran because last time it could not be stored: "node": it used the network/);
}));

test("what was replayed says so, with how much it relied on; what failed runs again, and says that", withRig((rig) => {
  rig.write("a.txt", "one");
  rig.write("read.sh", `${WORK} cat a.txt`);
  for (const code of [3, 3]) rig.sh(`sh read.sh; exit ${String(code)}`);
  assert.match(why(rig, "sh read.sh").sentence, /^"sh read\.sh" was replayed: all \d+ things that it relied on were as when it ran$/);
  assert.deepEqual([why(rig).cause, why(rig).outcome.notStored], ["failed-before", "it failed, and another try may succeed"]);
}));

test("a run that nothing had to be decided in is not recorded, and the one before it is answered with", withRig((rig) => {
  rig.write("a.txt", "one");
  for (let run = 0; run < 3; run += 1) rig.sh(`${WORK} cat a.txt`);
  const { lines } = fathom(rig, ["why"]);
  assert.match(lines.at(-1) ?? "", /later runs, if any, are not recorded$/);
  assert.equal(fathom(rig, ["runs"]).lines.length, 3, "the head, the run that ran, and the one that was replayed by Node");
}));

test("a project keeps its traces, which git leaves alone; any other folder is left as it is", withRig((rig) => {
  rig.sh(`${WORK} :`);
  assert.deepEqual(readdirSync(rig.work), []);
  assert.equal(fathom(rig, ["runs"]).code, 0);
  rig.write("project/fathom.json", "{}");
  rig.sh(`${WORK} :`, { cwd: rig.path("project") });
  assert.equal(readdirSync(rig.path("project/.fathom/runs")).length, 1);
  assert.equal(readFileSync(rig.path("project/.fathom/.gitignore"), "utf8"), "*\n");
}));

test("where no trace can be kept the command runs as ever, and the question is answered with that", withRig((rig) => {
  rig.write(".git/HEAD", "");
  rig.write(".fathom/runs", "in the way");
  assert.equal(rig.sh(`${WORK} echo hello`).stdout, "hello\n");
  const { code, stderr } = fathom(rig, ["why"]);
  assert.equal(code, 1);
  assert.match(stderr, /^fathom: Cannot say anything about runs in ".*": none is recorded/);
}));

test("a value of a variable is in no trace", withRig((rig) => {
  rig.write(".git/HEAD", "");
  rig.sh(`${WORK} :`, { env: { TOKEN: "hunter2hunter2" } });
  const folder = join(rig.work, ".fathom/runs");
  assert.ok(existsSync(folder));
  for (const name of readdirSync(folder)) assert.ok(!readFileSync(join(folder, name), "latin1").includes("hunter2"));
}));

test("an unknown name, and an unknown run, are errors with what there is", withRig((rig) => {
  rig.write("compile.sh", WORK);
  rig.sh("sh compile.sh");
  const { code, stderr } = fathom(rig, ["why", "web#build"]);
  assert.equal(code, 2);
  assert.match(stderr, /Cannot say why "web#build"/);
  assert.match(fathom(rig, ["why", "--run", "nope"]).stderr, /Cannot find a run "nope"\n {2}"fathom runs" lists them; the newest is "/);
}));

test("of a file whose inputs changed after it was made, though they are older than it, that is said", withRig((rig) => {
  rig.write("page.txt", "one");
  rig.write("render.sh", `${WORK} cat page.txt > page.html`);
  rig.write("Makefile", "page.html: page.txt\n\tsh render.sh\n");
  rig.fathom(["make", "-s"]);
  const since = (): unknown => {
    const { changedSince, isAsWritten } = why(rig, "page.html");
    return { changedSince, isAsWritten };
  };
  assert.deepEqual(since(), { changedSince: [], isAsWritten: true });
  rig.write("page.txt", "two");
  utimesSync(rig.path("page.txt"), 1, 1);
  assert.equal(rig.bare(["make", "-s", "-q"]).code, 0);
  assert.deepEqual(since(), { changedSince: ["page.txt"], isAsWritten: true });
  rig.write("page.html", "by hand");
  assert.deepEqual(since(), { changedSince: ["page.txt"], isAsWritten: false });
}));
