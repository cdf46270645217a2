// What is right is what the command does bare. One history of edits and builds
// happens under Fathom, the same one bare elsewhere; after every build the two
// must not differ in any name, content, mode, stream or exit code. Where two
// bare histories differ already, the sequence says nothing and is discarded.

import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { removeTree } from "../../src/base/scratch.ts";
import { byteOrder } from "../../src/base/path.ts";
import { FATHOM, splitSummary } from "../rig/rig.ts";
import { Place } from "./place.ts";
import type { Sequence } from "./sequence.ts";

/** Nobody in particular. */
export const ORDINARY_USER = 64321;
const COMMAND_MS_MAX = 300_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tree: ReadonlyMap<string, string>;
}

export interface Counts {
  builds: number;
  replayed: number;
  ran: number;
  /** How often a build named each reason for not storing: a fuzz that stores nothing shows nothing. */
  readonly reasons: Map<string, number>;
}

export const noCounts = (): Counts => ({ builds: 0, replayed: 0, ran: 0, reasons: new Map() });

export interface Ground {
  readonly scratch: string;
  /** The folder with the programs of tool.c. */
  readonly tools: string;
  /** The folder with another Node for the engine; null: the one that is found behind the system's programs. */
  readonly node: string | null;
  /** Who runs the commands; null: who runs this. */
  readonly user: number | null;
  /** Whether a sequence begins with what those before it have stored: more that could be replayed wrongly, and less that is built. */
  readonly keepsStore: boolean;
  readonly counts: Counts;
}

export interface Difference {
  readonly round: number;
  readonly against: "the same history, bare" | "a clean build, bare";
  readonly lines: readonly string[];
}

export type Verdict =
  | { readonly kind: "same" }
  | { readonly kind: "different"; readonly difference: Difference }
  /** Two bare histories differ: nothing can be said. */
  | { readonly kind: "unsteady"; readonly difference: Difference };

type How = "bare" | "fathom";

const baseEnv = (ground: Ground): Record<string, string> => ({
  PATH: [...(ground.node === null ? [] : [ground.node]), "/usr/bin", "/bin", dirname(process.execPath)].join(":"), LC_ALL: "C", TZ: "UTC", TOOLS: ground.tools, FATHOM_STORE: join(ground.scratch, "store"),
});

/** Returns when files that are written from now on are younger than all before: make compares times. */
function nextTick(scratch: string): void {
  const probe = join(scratch, "probe");
  const stamp = (): bigint => {
    writeFileSync(probe, "");
    return statSync(probe, { bigint: true }).mtimeNs;
  };
  const before = stamp();
  while (stamp() <= before);
}

function spawned(file: string, args: readonly string[], place: Place, { user, scratch }: Ground): SpawnSyncReturns<string> {
  const as = user === null ? {} : { uid: user, gid: user };
  if (user !== null) spawnSync("chown", ["-hR", `${user}:${user}`, place.root]);
  if (user !== null) spawnSync("chown", [`${user}:${user}`, scratch]);
  return spawnSync(file, args, { ...as, cwd: place.work, env: { ...place.env }, encoding: "latin1", timeout: COMMAND_MS_MAX, killSignal: "SIGKILL", maxBuffer: OUTPUT_BYTES_MAX, stdio: ["ignore", "pipe", "pipe"] });
}

function run(command: readonly string[], how: How, place: Place, sequence: Sequence, ground: Ground): Omit<Outcome, "tree"> {
  const [file = "", ...args] = how === "bare" ? command : [FATHOM, "--json", "--", ...command];
  const ran = spawned(file, args, place, ground);
  if (ran.error !== undefined) return { code: null, stdout: ran.stdout, stderr: `${String(ran.error)}: ${ran.stderr}` };
  let stderr = ran.stderr;
  if (how === "fathom") {
    const split = splitSummary(ran.stderr);
    stderr = split.stderr;
    ground.counts.builds += 1;
    ground.counts.replayed += split.summary.replayed;
    ground.counts.ran += split.summary.ran;
    const reason = split.summary.reason?.code ?? "none";
    ground.counts.reasons.set(reason, (ground.counts.reasons.get(reason) ?? 0) + 1);
  }
  const told = (text: string): string => (sequence.isParallel ? place.plain(text).split("\n").sort(byteOrder).join("\n") : place.plain(text));
  return { code: ran.status, stdout: told(ran.stdout), stderr: told(stderr) };
}

/** Of `fathom run` nothing is compared but what is there afterwards, and whether it succeeded. */
function runTasks(how: How, place: Place, ground: Ground): Omit<Outcome, "tree"> {
  const [file, ...args] = how === "bare" ? ["sh", "build.sh"] : [FATHOM, "run", "build", "--output-logs=hash-only"];
  const ran = spawned(file, args, place, ground);
  const [, cached = "0", total = "0"] = /Cached: +(\d+) cached, (\d+) total/.exec(ran.stdout) ?? [];
  if (how === "fathom") {
    ground.counts.builds += 1;
    ground.counts.replayed += Number(cached);
    ground.counts.ran += Number(total) - Number(cached);
  }
  return { code: ran.status === null ? null : Math.min(ran.status, 1), stdout: "", stderr: "" };
}

function history(sequence: Sequence, name: string, how: How, ground: Ground): Outcome[] {
  const root = join(ground.scratch, name);
  removeTree(root);
  mkdirSync(root, { recursive: true });
  const place = new Place(root, sequence, baseEnv(ground));
  return sequence.rounds.map((edits) => {
    const before: string[] = [];
    for (const edit of edits) {
      nextTick(ground.scratch);
      if (edit.kind === "run") {
        const ran = run(["sh", "-c", edit.command], how, place, sequence, ground);
        before.push(`${String(ran.code)} ${ran.stdout} ${ran.stderr}`);
      } else place.apply(edit);
    }
    nextTick(ground.scratch);
    const ran = sequence.form === "tasks" ? runTasks(how, place, ground) : run(sequence.command, how, place, sequence, ground);
    return { ...ran, stderr: [...before, ran.stderr].join("\n"), tree: place.describe() };
  });
}

/** One build of the state that all edits lead to. */
function clean(sequence: Sequence, ground: Ground): Outcome {
  const [only] = history({ ...sequence, rounds: [sequence.rounds.flat()] }, "cold", "bare", ground);
  if (only === undefined) throw new Error("A history of one round has one outcome");
  return only;
}

const sides = (what: string, fathom: string, bare: string): string[] =>
  fathom === bare ? [] : [`${what}:`, `    fathom ${fathom}`, `    bare   ${bare}`];

function compare(fathom: Outcome, bare: Outcome): readonly string[] {
  const names = [...new Set([...fathom.tree.keys(), ...bare.tree.keys()])].sort(byteOrder);
  return [
    ...sides("exit code", String(fathom.code), String(bare.code)),
    ...sides("stdout", JSON.stringify(fathom.stdout), JSON.stringify(bare.stdout)),
    ...sides("stderr", JSON.stringify(fathom.stderr), JSON.stringify(bare.stderr)),
    ...names.flatMap((name) => sides(name, fathom.tree.get(name) ?? "nothing", bare.tree.get(name) ?? "nothing")),
  ];
}

function firstDifference(fathom: readonly Outcome[], bare: readonly Outcome[]): Difference | null {
  for (const [round, outcome] of fathom.entries()) {
    const other = bare[round];
    const lines = other === undefined ? ["a round is missing"] : compare(outcome, other);
    if (lines.length > 0) return { round, against: "the same history, bare", lines };
  }
  return null;
}

/** How often a difference must come out the same, bare, to be believed. */
const BARE_AGAIN = 3;

export function judge(sequence: Sequence, ground: Ground): Verdict {
  if (!ground.keepsStore) removeTree(join(ground.scratch, "store"));
  const seen = history(sequence, "seen", "fathom", ground);
  const bare = history(sequence, "bare", "bare", ground);
  const difference = firstDifference(seen, bare) ?? againstClean(sequence, seen, bare, ground);
  if (difference === null) return { kind: "same" };
  for (let again = 0; again < BARE_AGAIN; again += 1) {
    const unsteady = firstDifference(history(sequence, "twin", "bare", ground), bare);
    if (unsteady !== null) return { kind: "unsteady", difference: unsteady };
  }
  return { kind: "different", difference };
}

/** A build that changes its sources is no function of them: then the bare history differs from the clean build as well. */
function againstClean(sequence: Sequence, seen: readonly Outcome[], bare: readonly Outcome[], ground: Ground): Difference | null {
  const [last, lastBare] = [seen.at(-1), bare.at(-1)];
  if (!sequence.startsClean || last === undefined || lastBare === undefined) return null;
  const cold = { ...clean(sequence, ground), stderr: last.stderr };
  const lines = compare(last, cold);
  const isFunction = compare({ ...lastBare, stderr: last.stderr }, cold).length === 0;
  return lines.length > 0 && isFunction ? { round: seen.length - 1, against: "a clean build, bare", lines } : null;
}
