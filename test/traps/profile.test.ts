// `fathom profile` and `fathom whatif` on real programs: each kind of spending time
// once. What a slow or busy machine adds is somebody else's time, so nothing here
// asks how long anything took, only where it went.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answered, type Rig, withRig } from "../rig/rig.ts";

interface Parts {
  readonly cpuMs: number;
  readonly runQueueMs: number;
  readonly pipeMs: number;
  readonly unknownMs: number;
}

interface Profiled {
  readonly command: string;
  readonly verdict: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly parts: Parts & Readonly<Record<string, number>>;
  readonly peakBytes: number | null;
  readonly faults: number | null;
}

interface Profile {
  readonly wallMs: number;
  readonly processes: readonly Profiled[];
  readonly tools: readonly { readonly name: string; readonly count: number }[];
}

interface StepJson {
  readonly step: number;
  readonly command: string;
  readonly needs: readonly number[];
  readonly follows: readonly number[];
}

const fathom = (rig: Rig, ...args: readonly string[]): Answered => rig.ask(args);

function json(rig: Rig, command: "profile" | "whatif", ...args: readonly string[]): unknown {
  const { stdout, stderr, code } = fathom(rig, command, "--json", ...args);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const profileOf = (rig: Rig): Profile => json(rig, "profile") as Profile;
const processesOf = ({ processes }: Profile, command: string): readonly Profiled[] => processes.filter((process) => process.command.startsWith(command));

function only(profile: Profile, command: string): Profiled {
  const [found = assert.fail(`no "${command}" in ${profile.processes.map((process) => process.command).join(", ")}`)] = processesOf(profile, command);
  const sum = Object.values(found.parts).reduce((total, part) => total + part, 0);
  assert.ok(Math.abs(sum - found.wallMs) < 0.01, "the parts of a process add up to its wall time");
  return found;
}

/** On a busy machine everybody is. */
const isStarved = ({ parts, wallMs }: Profiled): boolean => parts.runQueueMs > 0.2 * wallMs;

test("who shares one processor with three others is starved", withRig((rig) => {
  rig.program("spend");
  rig.sh("./spend crowded 4 200");
  const computing = processesOf(profileOf(rig), "spend compute");
  assert.equal(computing.length, 4);
  // The last one has the processor for itself at the end, and nobody is starved of what all have had.
  assert.ok(computing.filter(({ verdict }) => verdict === "starved").length >= 3, JSON.stringify(computing));
}));

test("who keeps asking for fresh memory is held up by memory", withRig((rig) => {
  rig.program("spend");
  rig.sh("./spend pages 128 6");
  const pages = only(profileOf(rig), "spend pages");
  assert.ok((pages.peakBytes ?? 0) >= 128 << 20 && (pages.faults ?? 0) >= (6 * 128 << 20) / 4096, JSON.stringify(pages));
  assert.equal(pages.verdict, isStarved(pages) ? "starved" : "memory");
}));

test("who waits for a slow writer waits for its pipe, and the writer sleeps", withRig((rig) => {
  rig.program("spend");
  rig.sh("./spend slowly 5 200 | ./spend reading");
  const profile = profileOf(rig);
  const [reading, slowly] = [only(profile, "spend reading"), only(profile, "spend slowly")];
  assert.deepEqual([reading.verdict, slowly.verdict], ["pipe", "timer"], JSON.stringify([reading, slowly]));
}));

test("who waits for a lock is told from who holds it", withRig((rig) => {
  rig.program("spend");
  rig.sh("./spend locked l 500 & ./spend locked l 500 & wait");
  const locked = processesOf(profileOf(rig), "spend locked");
  // Whoever is first holds it: the other waits for as long as it sleeps afterwards.
  const [first, second] = [...locked].sort((a, b) => a.wallMs - b.wallMs);
  assert.ok((first?.parts["lockMs"] ?? 1) < (second?.parts["lockMs"] ?? 0), JSON.stringify(locked));
}));

test("two threads that compute are processor time of one process, whoever joins them", withRig((rig) => {
  rig.program("spend");
  rig.sh("./spend threads 200");
  const threads = only(profileOf(rig), "spend threads");
  assert.ok(threads.cpuMs >= 390, JSON.stringify(threads));
  assert.ok(["cpu", "starved"].includes(threads.verdict), JSON.stringify(threads));
}));

const MAKEFILE = `all: out
a: ; sleep 0.2; echo a > a; i=0; while [ $$i -lt 30000 ]; do i=$$((i+1)); done
b: a ; sleep 0.1; cat a > b
c: a ; sleep 0.1; cat a > c
out: b c ; sleep 0.1; cat b c > out
log: ; sleep 0.1; echo >> a
clean: ; rm -f a b c out
`;

test("what reads what is the order that steps need, whatever order the run had", withRig((rig) => {
  rig.write("Makefile", MAKEFILE);
  rig.fathom(["make", "-j1"]);
  const { steps, observed } = json(rig, "whatif", "--jobs", "1,2") as { readonly steps: readonly StepJson[]; readonly observed: { readonly jobs: number } };
  assert.deepEqual(steps.map(({ needs }) => needs), [[], [0], [0], [1, 2]]);
  assert.equal(observed.jobs, 1);
}));

test("a step that sleeps before there is anything to decide is in the profile, however little it computes", withRig((rig) => {
  rig.write("Makefile", "b: a ; cat a > b; i=0; while [ $$i -lt 30000 ]; do i=$$((i+1)); done\na: ; sleep 0.3; echo a > a\n");
  rig.fathom(["make"]);
  assert.deepEqual((json(rig, "whatif") as { readonly steps: readonly StepJson[] }).steps.map(({ needs }) => needs), [[], [0]]);
  assert.ok(only(profileOf(rig), "sleep").wallMs >= 300);
}));

test("an experiment replays one step and runs all others, or starts one later", withRig((rig) => {
  rig.write("Makefile", MAKEFILE);
  const hit = json(rig, "whatif", "--measure-hit", "0", "--before", "make -s clean", "--", "make", "-s") as { readonly trials: readonly { readonly what: string }[] };
  assert.match(hit.trials[0]?.what ?? "", /is replayed$/);
  const after = profileOf(rig);
  assert.deepEqual(after.processes.filter(({ command }) => command.startsWith("sleep")).length, 3, "the steps that are not named run, and the one that is does not");
  const delay = json(rig, "whatif", "--measure-delay", "3:700ms", "--before", "make -s clean", "--", "make", "-s") as { readonly baseMs: number; readonly trials: readonly { readonly measuredMs: number }[] };
  const out = profileOf(rig).processes.find(({ command }) => command.includes("b c > out"));
  assert.ok((out?.wallMs ?? 0) >= 700, "a step that starts later is counted from when it could have started");
  assert.equal(delay.trials.length, 1);
}));

test("what no experiment can be is said, and nothing is run", withRig((rig) => {
  rig.write("Makefile", MAKEFILE);
  for (const args of [["--measure-jobs", "1,2", "--", "make"], ["--measure-hit", "1"], ["--", "make"], ["--measure-jobs", "1", "--measure-hit", "1", "--", "make", "-j{}"]]) {
    const { code, stderr } = fathom(rig, "whatif", ...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /For instance: fathom whatif/);
  }
  assert.equal(rig.has("a"), false);
  assert.equal(fathom(rig, "whatif", "--jobs", "none").code, 2);
  assert.equal(fathom(rig, "profile").code, 1);
}));

test("a run is written for other viewers where it is asked for, and where that cannot be it is said", withRig((rig) => {
  rig.sh("i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; cat /dev/null");
  assert.deepEqual(fathom(rig, "profile", "--perfetto", "run.pftrace", "--speedscope", "run.json"), { stdout: "", stderr: "fathom: wrote \"run.pftrace\"\nfathom: wrote \"run.json\"\n", code: 0 });
  assert.equal((JSON.parse(rig.read("run.json")) as { readonly exporter: string }).exporter, "fathom");
  const { code, stderr } = fathom(rig, "profile", "--perfetto", "nowhere/run.pftrace");
  assert.equal(code, 1);
  assert.match(stderr, /^fathom: Cannot write ".*nowhere\/run.pftrace": .*\n {2}Choose a folder/);
}));
