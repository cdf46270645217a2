// Random operations in a view that is pinned, and in a plain directory that is what
// the workspace was when the view began. Between them the workspace is changed at
// random: the view shows nothing of that, and the workspace nothing of the view.

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { differences } from "../../src/base/scratch.ts";
import type { Rig } from "../rig/rig.ts";
import { say, tick, tree, type Who } from "../rig/view-rig.ts";
import { Random } from "./random.ts";

const DESCRIBE = join(import.meta.dirname, "describe-tree.js");
const ROUNDS = 4;
const CHANGES = 6;

const NAMES = ["a", "b", "o/a", "o/b", "o/p/a", "o/p/c", "o/p", "o", "link", "o/link", "n", "n/a", "m", "o/n"] as const;
const MODES = [0o600, 0o644, 0o755] as const;

const ACTS: readonly ((path: string, random: Random) => void)[] = [
  (path) => { rmSync(path, { recursive: true }); },
  (path, random) => { chmodSync(path, random.pick(MODES) | 0o100); },
  (path) => { mkdirSync(path); },
  (path) => { rmSync(path, { recursive: true, force: true }); mkdirSync(path); },
  (path, random) => { rmSync(path, { recursive: true, force: true }); symlinkSync(random.pick(["a", "o", "p/a", "nowhere"]), path); },
  (path) => { renameSync(path, `${path}-moved`); },
];

/** What cannot be done is not done. */
function move(rig: Rig, random: Random): void {
  for (let count = 0; count < CHANGES; count++) {
    const path = rig.path(random.pick(NAMES));
    const act = random.pickAny(ACTS);
    try {
      if (act === null || random.chance(40)) rig.write(path, `moved ${String(random.below(1000))}\n`);
      else act(path, random);
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown)) throw thrown;
    }
  }
  tick(rig);
}

export interface MovingView {
  readonly rig: Rig;
  /** What the workspace is now, elsewhere. */
  readonly plain: string;
  readonly who: Who;
  /** Becomes the user whose view it is, for the plain directory. */
  readonly become: Who;
}

export interface MovingWork {
  readonly seed: number;
  /** Of all rounds. */
  readonly operations: number;
  readonly workOf: (seed: number, operations: number) => readonly string[];
}

/** What is wrong; none: nothing. */
export function fuzzMovingView({ rig, plain, who, become }: MovingView, { seed, operations, workOf }: MovingWork): readonly string[] {
  const random = new Random(seed);
  const made = say(rig, ["view", "new", "v"], who);
  if (made.code !== 0) return [`no view: ${made.stderr}`];
  const plainly = (command: readonly string[]): string => {
    const [program = "", ...words] = [...become, ...command];
    return spawnSync(program, words, { cwd: plain, env: { ...rig.env }, encoding: "utf8" }).stdout;
  };
  for (let round = 0; round < ROUNDS; round++) {
    move(rig, random);
    if (become.length > 0) rig.bare(["chown", "-hR", "64321:64321", rig.work]);
    const moved = tree(rig);
    for (const command of [workOf(seed + round * 1_000_000, Math.ceil(operations / ROUNDS)), [process.execPath, DESCRIBE]]) {
      const [expected, seen] = [plainly(command).split("\n"), say(rig, ["view", "enter", "v", "--", ...command], who)];
      const found = seen.stdout.split("\n");
      const other = found.findIndex((line, index) => line !== expected[index]);
      if (other >= 0 || found.length !== expected.length) return [`round ${String(round)}, line ${String(other)}: in the view "${found[other] ?? ""}", plainly "${expected[other] ?? ""}" ${seen.stderr}`];
    }
    const shown = differences(tree(rig), moved);
    if (shown.length > 0) return [`round ${String(round)}: the workspace was changed: ${shown.join(", ")}`];
  }
  return [];
}
