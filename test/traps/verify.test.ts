// What --verify promises: a right entry passes, a wrong one is found, named and
// withdrawn, and the command does what it does without Fathom.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FakeClock, realClock } from "../../src/base/clock.ts";
import { isDigest } from "../../src/base/digest.ts";
import { absPath } from "../../src/base/path.ts";
import { realDisk } from "../../src/base/real-disk.ts";
import { describeTree, differences, makeScratch, removeTree } from "../../src/base/scratch.ts";
import type { Entry, FileEffect } from "../../src/cache/entry.ts";
import { Records } from "../../src/cache/records.ts";
import type { DifferingJson } from "../../src/cli/verified.ts";
import { lmdbDatabase } from "../../src/store/lmdb.ts";
import { openStore } from "../../src/store/open.ts";
import { plansIn } from "../rig/plans.ts";
import { assertReplayed, FATHOM, Rig, splitSummary, withRig, type Options, type Ran } from "../rig/rig.ts";
import { worthStoring } from "../rig/sources.ts";

const DEVIATION_EXIT = 3;
const USAGE_EXIT = 2;

const recordsOf = (rig: Rig, kind: string): readonly string[] => {
  const folder = join(rig.env["FATHOM_STORE"] ?? "", kind);
  return existsSync(folder) ? readdirSync(folder) : [];
};

/** A command that is replayed as a whole is one process. */
const isWhole = ({ summary }: Ran): boolean => summary.processes === 1 && summary.replayed === 1;

/** More than once: what looks at its own old output has an entry without it and one with it. */
function settled(run: () => Ran): void {
  for (let times = 0; times < 4 && !isWhole(run()); times++) continue;
  assert.ok(isWhole(run()), "the command is replayed");
}

/** Parts of it may be replayed, it is not. */
const assertWithdrawn = (again: Ran): void => assert.ok(!isWhole(again), JSON.stringify(again));

const compile = (rig: Rig, flags: readonly string[] = []): Ran => rig.fathom(["gcc", "-c", "a.c", "-o", "a.o"], { flags });

function compiled(rig: Rig): void {
  rig.write("a.c", worthStoring("int main(void) { return 0; }\n"));
  settled(() => compile(rig));
}

const verify = (rig: Rig, script: string, options: Options = {}): Ran => rig.sh(script, { ...options, flags: ["--verify"] });

const found = (ran: Ran): readonly Pick<DifferingJson, "what" | "path" | "cause">[] =>
  (ran.summary.verified?.differing ?? []).map(({ what, path, cause }) => ({ what, cause, ...(path === undefined ? {} : { path }) }));

/** Whether this machine lets a unit run in a copy: then a unit that is verified is replayed after it ran there. */
const canTry = ((): boolean => {
  const scratch = makeScratch("fathom-verify");
  try {
    const rig = new Rig(scratch);
    compiled(rig);
    return compile(rig, ["--verify"]).summary.replayed === 1;
  } finally {
    removeTree(scratch);
  }
})();

const causeWhereTried = (cause: DifferingJson["cause"]): DifferingJson["cause"] => (canTry ? cause : "unknown");

test("a deterministic compile is the same when it is verified, leaves no trace, and is replayed afterwards", withRig((rig) => {
  compiled(rig);
  const before = describeTree(rig.work);
  const verified = compile(rig, ["--verify"]);
  assert.equal(verified.code, 0);
  assert.deepEqual({ ...verified.summary.verified, seed: 0 }, { percent: 100, seed: 0, same: 1, differing: [], notCompared: [] });
  assert.deepEqual(differences(describeTree(rig.work), before), []);
  assert.deepEqual(recordsOf(rig, "tmp"), []);
  assertReplayed(compile(rig));
}));

test("a sample of 0% verifies nothing, one of 100% everything, and a seed repeats one", withRig((rig) => {
  compiled(rig);
  const none = compile(rig, ["--verify=0%"]);
  assertReplayed(none);
  assert.equal(none.summary.verified?.same, 0);
  assert.equal(compile(rig, ["--verify=100%"]).summary.verified?.same, 1);
  const chosen = (seed: number): boolean => compile(rig, [`--verify=50%:${seed}`]).summary.verified?.same === 1;
  assert.deepEqual([1, 2, 3, 4].map(chosen), [1, 2, 3, 4].map(chosen));
}));

test("a command that has a plan is verified all the same, and afterwards the plan of a wrong one is gone", withRig((rig) => {
  rig.program("count");
  const script = "./count; cat /proc/sys/kernel/random/uuid > out";
  const plans = (): readonly string[] => plansIn(rig.env["FATHOM_STORE"] ?? "");
  const isPlanned = (): boolean => plans().length > 0;
  // A plan needs times that are old enough to be proof.
  const startedNs = realClock.realtimeNs();
  while (!isPlanned() && realClock.realtimeNs() < startedNs + 10_000_000_000n) rig.sh(script);
  const [planned = ""] = plans();
  assert.ok(isPlanned(), "there is a plan");
  const verified = verify(rig, script);
  assert.deepEqual([verified.code, found(verified)], [DEVIATION_EXIT, [{ what: "content", path: "out", cause: causeWhereTried("nondeterminism") }]]);
  assert.ok(!existsSync(planned));
  assertWithdrawn(rig.sh(script));
}));

for (const [what, script, expected] of [
  ["the time in a file", "./count; date +%N > out", { what: "content", path: "out" }],
  ["a random number on stdout", "./count; od -An -N8 -tx8 /dev/urandom", { what: "output" }],
  ["a random name", "./count; : > out-$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')", { what: "missing" }],
] as const) {
  test(`${what} is nondeterminism, and its entry is withdrawn`, withRig((rig) => {
    rig.program("count");
    settled(() => rig.sh(script));
    const verified = verify(rig, script);
    assert.equal(verified.code, DEVIATION_EXIT);
    const [first, ...more] = found(verified);
    const wanted = { ...expected, ...(expected.what === "missing" ? { path: first?.path } : {}), cause: causeWhereTried("nondeterminism") };
    // The new name may come before the one that is missing.
    assert.deepEqual({ ...first, ...(first?.what === "unexpected" && expected.what === "missing" ? { what: "missing" } : {}) }, wanted);
    assert.equal(more.length, 0);
    assertWithdrawn(rig.sh(script));
  }));
}

/** The one entry of the store that changes `name`, made to say something else. */
function tamper(rig: Rig, name: string, change: (entry: Entry, effect: FileEffect, records: { readonly blob: (text: string) => FileEffect["content"] }) => Entry): void {
  const root = absPath(rig.env["FATHOM_STORE"] ?? "");
  const disk = realDisk(realClock);
  const opened = openStore({ root, disk, clock: new FakeClock(), openDatabase: lmdbDatabase(disk, root) });
  assert.ok(opened.ok);
  const store = opened.value;
  const records = new Records(store);
  let changed = 0;
  for (const strongKey of recordsOf(rig, "entries").filter(isDigest)) {
    const entry = records.entry(strongKey);
    const effect = entry?.effects.find(({ at }) => at === `\x01W/${name}`);
    if (entry === null || effect?.kind !== "file") continue;
    const blob = (text: string): FileEffect["content"] => {
      const put = store.putBlob(Buffer.from(text));
      assert.ok(put.ok);
      return put.value;
    };
    assert.ok(records.putEntry(strongKey, change(entry, effect, { blob })).ok);
    changed += 1;
  }
  assert.ok(changed > 0, "an entry was changed");
}

const withEffect = (entry: Entry, effect: FileEffect): Entry => ({ ...entry, effects: entry.effects.map((each) => (each.at === effect.at ? effect : each)) });

for (const [what, change, expected] of [
  ["content", (entry, effect, { blob }) => withEffect(entry, { ...effect, content: blob("forged"), sizeBytes: 6 }), { what: "content", path: "out" }],
  ["mode", (entry, effect) => withEffect(entry, { ...effect, permissions: 0o755 }), { what: "permissions", path: "out" }],
  ["output", (entry, _effect, { blob }) => ({ ...entry, output: blob("\x01\0\0\0\x04\0\0\0sain") }), { what: "output" }],
  ["list of files", (entry, effect) => ({ ...entry, effects: entry.effects.filter((each) => each !== effect) }), { what: "unexpected", path: "out" }],
] as const satisfies readonly (readonly [string, Parameters<typeof tamper>[2], Pick<DifferingJson, "what" | "path">])[]) {
  test(`an entry with another ${what} than the command has is a missed fact, and is withdrawn`, withRig((rig) => {
    rig.program("count");
    const script = "./count > /dev/null; echo right > out; echo said";
    rig.sh(script);
    // With the old output in place, which is another file's mode to keep.
    if (what !== "mode") settled(() => rig.sh(script));
    else rig.bare(["rm", "out"]);
    tamper(rig, "out", change);
    const verified = verify(rig, script);
    assert.deepEqual([verified.code, found(verified)], [DEVIATION_EXIT, [{ ...expected, cause: causeWhereTried("missed-fact") }]]);
    assert.deepEqual([verified.stdout, rig.read("out")], ["said\n", "right\n"]);
    assertWithdrawn(rig.sh(script));
  }));
}

test("something that no fact speaks of, as how nice a process is, is a missed fact", withRig((rig) => {
  rig.program("count");
  const script = "./count; nice > out";
  settled(() => rig.sh(script));
  const said = rig.bare(["nice", "-n", "5", "sh", "-c", 'exec "$0" --json --verify -- sh -c "$1" </dev/null', FATHOM, script]);
  const { summary } = splitSummary(said.stderr);
  assert.deepEqual([said.code, summary.verified?.differing[0]?.what, summary.verified?.differing[0]?.cause], [DEVIATION_EXIT, "content", causeWhereTried("missed-fact")]);
}));

test("a unit is told from the one around it: both are named, and what is the same is kept", withRig((rig) => {
  rig.program("count");
  const script = "sh -c './count; date +%N > out'; sh -c './count; echo always > kept'; :";
  settled(() => rig.sh(script));
  const verified = verify(rig, script);
  assert.deepEqual(found(verified).map(({ what, path }) => [what, path]), [["content", "out"], ["content", "out"]]);
  assert.ok((verified.summary.verified?.same ?? 0) > 0, "the part that writes \"kept\"");
}));

test("what a comparator asks for is verified, and the build goes on", withRig((rig) => {
  rig.write("a.c", worthStoring("int main(void) { return 0; }\n"));
  rig.write("Makefile", "a: a.o\n\tgcc -o a a.o\na.o: a.c\n\tgcc -c -o a.o a.c\n");
  const build = (flags: readonly string[] = []): Ran => {
    rig.bare(["rm", "-f", "a", "a.o"]);
    return rig.fathom(["make", "-s"], { flags });
  };
  build();
  assert.equal(build().summary.replayed, 2);
  const verified = build(["--verify"]);
  assert.deepEqual([verified.code, verified.summary.verified?.same, rig.has("a")], [0, 2, true]);
}));

test("without a copy to run in, the unit runs in its place and the cause is unknown", withRig((rig) => {
  // A store below the workspace would be copied with it.
  mkdirSync(rig.path(".fathom"));
  const inside = { env: { FATHOM_STORE: rig.path(".fathom/store") } };
  rig.program("count");
  const [right, wrong] = ["./count; echo right > out", "./count other; date +%N > other"];
  for (const script of [right, wrong]) settled(() => rig.sh(script, inside));
  const same = verify(rig, right, inside);
  assert.deepEqual([same.code, same.summary.verified?.differing, isWhole(same)], [0, [], false]);
  const different = verify(rig, wrong, inside);
  assert.deepEqual([different.code, found(different)], [DEVIATION_EXIT, [{ what: "content", path: "other", cause: "unknown" }]]);
  assertWithdrawn(rig.sh(wrong, inside));
}));

test("a command that fails where its entry says that it does not ends as itself", withRig((rig) => {
  rig.program("count");
  const script = `./count; [ "$(nice)" = ${rig.bare(["nice"]).stdout.trim()} ] || exit 7`;
  settled(() => rig.sh(script));
  const said = rig.bare(["nice", "-n", "5", "sh", "-c", 'exec "$0" --json --verify -- sh -c "$1" </dev/null', FATHOM, script]);
  assert.deepEqual([said.code, splitSummary(said.stderr).summary.verified?.differing[0]?.what], [7, "exit-code"]);
}));

test("what differs is said in a sentence, even with --quiet", withRig((rig) => {
  rig.program("count");
  const script = "./count; date +%N > out";
  settled(() => rig.sh(script));
  const said = rig.bare(["sh", "-c", 'exec "$0" --quiet --verify=100%:7 -- sh -c "$1" </dev/null', FATHOM, script]);
  assert.match(said.stderr, /^fathom: "sh -c \.\/count; date \+%N > out" did not do what the store says: the content of "out"\. [A-Z][^;]+; its entry was withdrawn\n$/);
  const loud = rig.bare(["sh", "-c", 'exec "$0" --verify=100%:7 -- true </dev/null', FATHOM]);
  assert.match(loud.stderr, /\nfathom: verified: 0 the same, 0 different, 0 not compared \(--verify=100%:7\)\n$/);
}));

for (const flags of [["--verify=101%"], ["--verify=5"], ["--verify=x"], ["--verify="], ["--verify", "--force"], ["--verify", "--no-cache"]]) {
  test(`"${flags.join(" ")}" is refused, and nothing runs`, withRig((rig) => {
    for (const form of [[], ["exec"]]) {
      const said = rig.bare([FATHOM, ...form, ...flags, "--", "touch", "made"]);
      assert.equal(said.code, USAGE_EXIT);
      assert.match(said.stderr, /^fathom: option '--verify \[sample\]' .+\n/);
      assert.equal(rig.has("made"), false);
    }
  }));
}
