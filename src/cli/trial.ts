// Runs one unit beside the build, under a supervisor of its own and with a store
// of its own, and reads from that store what it did (native/supervisor/trial.c).

import type { Disk } from "../base/disk.ts";
import type { Clock } from "../base/clock.ts";
import { absPath, isWithin, type AbsPath } from "../base/path.ts";
import { ok } from "../base/result.ts";
import { doneOf } from "../cache/deviation.ts";
import type { Entry } from "../cache/entry.ts";
import { decodeStates, type PathSet } from "../cache/facts.ts";
import { pathSetOf, Records } from "../cache/records.ts";
import type { Trial, Try } from "../run/trial.ts";
import { lmdbDatabase } from "../store/lmdb.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { STREAM_CLOSED, type Ask, type Hello } from "../tap/messages.ts";
import { runAside, type TrialUnit } from "./trial-folder.ts";

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
    const told = runAside(unitOf(ask, hello), [], { disk, supervisor: context.supervisor, folder, mostMs: TRIAL_MS_MAX }, () => ok(read(folder, ask, context)));
    return told.ok ? told.value : null;
  };
}

function unitOf({ cwd, path, umask, argv, env, streams: [input, out, err] }: Ask, { workspace, home, temporary }: Hello): TrialUnit {
  // Questions about standard input are no variables (native/supervisor/exec.c).
  const variables = env.filter((variable) => !variable.startsWith("\x01"));
  const isOne = out.dev === err.dev && out.ino === err.ino;
  return { workspace, home, temporary, cwd, program: path, umask, streams: [String(input.kind), String(out.kind), isOne ? "=" : String(err.kind)], argv, variables };
}

function read(folder: AbsPath, { weakKey }: Ask, { disk, clock }: TrialContext): Trial | null {
  const root = absPath(`${folder}/store`);
  const opened = openStore({ root, disk, clock, openDatabase: lmdbDatabase(disk, root) });
  if (!opened.ok) return null;
  const records = new Records(opened.value);
  const [known] = records.knownSets(weakKey);
  const strongKey = known?.entries[0]?.strongKey;
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
