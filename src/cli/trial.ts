// Runs one unit beside the build, under a supervisor of its own and with a store
// of its own, and reads from that store what it did (native/supervisor/trial.c).

import { spawnSync } from "node:child_process";
import type { Disk } from "../base/disk.ts";
import type { Clock } from "../base/clock.ts";
import { absPath, isWithin, toBuffer, toText, type AbsPath } from "../base/path.ts";
import { removeTree } from "../base/scratch.ts";
import { doneOf } from "../cache/deviation.ts";
import type { Entry } from "../cache/entry.ts";
import { decodeStates, type PathSet } from "../cache/facts.ts";
import { pathSetOf, Records } from "../cache/records.ts";
import type { Trial, Try } from "../run/trial.ts";
import { lmdbDatabase } from "../store/lmdb.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { STREAM_CLOSED, type Ask, type Hello } from "../tap/messages.ts";

export interface TrialContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly hello: Hello;
  readonly supervisor: string;
}

/** A unit that ended when it was stored, and does not end now, is no reason to wait for ever. */
const TRIAL_MS_MAX = 600_000;

export function trials(context: TrialContext): Try {
  const { disk, hello } = context;
  const store = absPath(hello.store);
  let count = 0;
  // They are for the trial that is under way, which then ends (native/supervisor/main.c).
  for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const) process.on(signal, () => undefined);
  return (ask) => {
    if (isWithin(store, absPath(hello.workspace)) || ask.inherited.length > 0 || ask.streams.some(({ kind }) => kind === STREAM_CLOSED)) return null;
    count += 1;
    const folder = absPath(`${store}/tmp/trial-${String(hello.pid)}-${String(count)}`);
    try {
      return prepare(folder, ask, context) && run(folder, context) ? read(folder, ask, context) : null;
    } finally {
      if (disk.signatures([folder])[0] !== null) removeTree(toText(folder));
    }
  };
}

/** In the order in which native/supervisor/trial.c takes them. */
function prepare(folder: AbsPath, ask: Ask, { disk, hello }: TrialContext): boolean {
  const { workspace, home, temporary } = hello;
  // Questions about standard input are no variables (native/supervisor/exec.c).
  const env = ask.env.filter((variable) => !variable.startsWith("\x01"));
  const [, out, err] = ask.streams;
  const streams = [...ask.streams.map(({ kind }) => String(kind))];
  if (out.dev === err.dev && out.ino === err.ino) streams[2] = "=";
  const unit = [workspace, home, temporary, ask.cwd, ask.path, ask.umask.toString(8), String(ask.argv.length), ...streams, ...ask.argv, ...env];
  const steps = [
    () => disk.ensureDirectory(absPath(`${folder}/view`)),
    () => disk.makeDirectory(absPath(`${folder}/store`), 0o700),
    () => disk.createFile(absPath(`${folder}/unit`), toBuffer(unit.map((text) => `${text}\0`).join("")), 0o600),
  ];
  return steps.every((step) => step().ok);
}

/** Whatever it ended with: what it did is in its store, or is not known. */
function run(folder: AbsPath, { supervisor }: TrialContext): boolean {
  return spawnSync(supervisor, ["--trial", toText(folder)], { stdio: "ignore", timeout: TRIAL_MS_MAX, killSignal: "SIGKILL" }).error === undefined;
}

function read(folder: AbsPath, { weakKey }: Ask, { disk, clock }: TrialContext): Trial | null {
  const root = absPath(`${folder}/store`);
  const opened = openStore({ root, disk, clock, openDatabase: lmdbDatabase(disk, root) });
  if (!opened.ok) return null;
  const records = new Records(opened.value);
  const [known] = records.knownSets(weakKey);
  const [strongKey] = known?.entries ?? [];
  const set = known === undefined ? null : pathSetOf(known);
  const entry = strongKey === undefined ? null : records.entry(strongKey);
  return set === null || entry === null ? null : trialOf(entry, set, opened.value);
}

function trialOf(entry: Entry, { subjects }: PathSet, store: Store): Trial | null {
  const done = doneOf(entry, store);
  const states = decodeStates(entry.states, subjects.length);
  if (!done.ok || states === null) return null;
  const facts = subjects.flatMap((subject, index) => {
    const state = states[index];
    return state === undefined ? [] : [{ subject, state }];
  });
  return { done: done.value, facts };
}
