// What answers about a large run cost as whole processes, from two runs (large-run.ts) in
// a workspace and what a store has of them: Node's start, and reading and checking twenty
// thousand records, are in it. Target: 1 s. Processor time, since others may be at work.
// node dist/build/bench/answers-whole.js [question ...]

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { realClock } from "../src/base/clock.ts";
import { digestOf, type Digest } from "../src/base/digest.ts";
import { absPath } from "../src/base/path.ts";
import { realDisk } from "../src/base/real-disk.ts";
import { encodeKey, KIND, type KnownSet } from "../src/cache/records.ts";
import { openStore } from "../src/store/open.ts";
import { LEVEL, largeRun, type LargeRun } from "./large-run.ts";
import { measured } from "./shell.ts";
import { median } from "./table.ts";

const FATHOM = resolve(import.meta.dirname, "../../../bin/fathom");
const ROUNDS = 5;
const [GREEN, CHANGED, RED, RENAMED] = ["20260101T000000000-1", "20260101T000100000-1", "20260101T000200000-1", "20260101T000300000-1"];

const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  "diff": ["diff", GREEN, CHANGED],
  "diff, the same run twice": ["diff", GREEN, GREEN],
  "why": ["why", "--run", CHANGED],
  "why, all commands are new": ["why", "--run", RENAMED],
  "why, of a file": ["why", "src/module1/file1.o"],
  "postmortem": ["postmortem", RED],
  "races": ["races", GREEN],
  "profile": ["profile", GREEN],
  "whatif": ["whatif", GREEN],
  "runs": ["runs"],
};

function put(runs: Readonly<Record<string, LargeRun>>, workspace: string, store: string): void {
  mkdirSync(join(workspace, ".git"), { recursive: true });
  mkdirSync(join(workspace, ".fathom/runs"), { recursive: true });
  for (const [id, { bytes }] of Object.entries(runs)) writeFileSync(join(workspace, ".fathom/runs", id), bytes);
  const opened = openStore({ root: absPath(store), disk: realDisk(realClock), clock: realClock });
  if (!opened.ok) throw new Error(opened.failure.message);
  const known = new Map<Digest, KnownSet>();
  for (const { weakKey, strongKey, entry, set } of Object.values(runs).flatMap(({ stored }) => stored)) {
    const entries = known.get(weakKey)?.entries ?? [];
    if (entries.some((entry) => entry.strongKey === strongKey)) continue;
    opened.value.putRecord(KIND.entries, strongKey, entry);
    // Each asks the same in all of the runs.
    known.set(weakKey, { set: digestOf(set), subjects: set.toString("latin1"), entries: [...entries, { strongKey, marks: "" }] });
  }
  for (const [weakKey, set] of known) opened.value.putRecord(KIND.keys, weakKey, encodeKey([set]));
}

const scratch = mkdtempSync(join(tmpdir(), "fathom-answers-"));
try {
  const [workspace, store] = [join(scratch, "w"), join(scratch, "store")];
  put({
    [GREEN]: largeRun({ header: "old", before: null, isRed: false, level: LEVEL }), [CHANGED]: largeRun({ header: "new", before: "old", isRed: false, level: LEVEL }),
    [RED]: largeRun({ header: "new", before: "old", isRed: true, level: LEVEL }), [RENAMED]: largeRun({ header: "old", before: null, isRed: false, level: "-O3" }),
  }, workspace, store);
  const named = process.argv.slice(2);
  for (const [name, question] of Object.entries(QUESTIONS).filter(([each]) => named.length === 0 || named.includes(each))) {
    // What is found is told by the exit code.
    const rounds = Array.from({ length: ROUNDS }, () => measured(["sh", "-c", '"$@" || test $? -le 3', "sh", FATHOM, ...question], workspace, { ...process.env, FATHOM_STORE: store }));
    process.stdout.write(`${name}: ${median(rounds.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms of processor time, ${median(rounds.map(({ ns }) => Number(ns) / 1e6)).toFixed(0)} ms in all\n`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
