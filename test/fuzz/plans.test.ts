// A plan is never more permissive than the verdict of TypeScript: the same random
// history happens to two trees, of which one has no plans when it is built. What
// one replays by plan the other replays by verdict, and the trees are equal.

import assert from "node:assert/strict";
import { chmodSync, existsSync, linkSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MakeRig, settle } from "../rig/make-rig.ts";
import { Rig } from "../rig/rig.ts";
import { makeScratch, removeTree } from "../../src/base/scratch.ts";
import { Random } from "./random.ts";

const ROUNDS = 12;
const SEEDS = [1, 3];

type Edit = (made: MakeRig, random: Random) => void;
const OUTPUTS = ["x", "y", "z"] as const;

const onOutput = (change: (path: string) => void): Edit => ({ rig }, random) => {
  const path = rig.path(random.pick(OUTPUTS));
  if (existsSync(path)) change(path);
};

const SOURCES: readonly [Edit, ...Edit[]] = [
  ({ rig }, random) => { rig.write(random.pick(["a", "d"]), random.pick(["alpha\n", "beta\n", "gamma\n"])); },
  ({ rig }, random) => { rig.write("patch", random.pick(["ALPHA\n", "beta\n"])); },
  ({ rig }) => { rmSync(rig.path("patch"), { force: true }); },
];

/** What was made is gone, changed, or otherwise in the way. */
const RESULTS: readonly [Edit, ...Edit[]] = [
  (made) => { made.clean(); },
  ({ rig }, random) => { rmSync(rig.path(random.pick(OUTPUTS)), { force: true }); },
  ({ rig }) => { rmSync(rig.path("out"), { recursive: true, force: true }); rmSync(rig.path("z"), { force: true }); },
  onOutput((path) => { utimesSync(path, 1, 1); }),
  onOutput((path) => { chmodSync(path, 0o600); utimesSync(path, 1, 1); }),
  onOutput((path) => { writeFileSync(path, "by hand\n"); utimesSync(path, 1, 1); }),
  onOutput((path) => { rmSync(path); symlinkSync("a", path); }),
  onOutput((path) => { rmSync(`${path}.second`, { force: true }); linkSync(path, `${path}.second`); utimesSync(path, 1, 1); }),
];

/** Of three rounds the first changes sources (but for the very first), the second starts from nothing, and the third from something strange. */
function edit(made: MakeRig, round: number, random: Random): void {
  if (round > 0 && round % 3 === 0) random.pick(SOURCES)(made, random);
  if (round % 3 !== 2) made.clean();
  else for (let left = random.below(3); left >= 0; left--) random.pick(RESULTS)(made, random);
}

for (const seed of SEEDS) {
  test(`what a plan says yes to, TypeScript says yes to, and the trees are equal (seed ${String(seed)})`, () => {
    const scratch = makeScratch("fathom-plans");
    try {
      const made = (name: string): MakeRig => {
        mkdirSync(join(scratch, name));
        return new MakeRig(new Rig(join(scratch, name)));
      };
      const [planned, asked] = [made("planned"), made("asked")];
      for (const each of [planned, asked]) each.plan();
      let byPlan = 0;
      for (let round = 0; round < ROUNDS; round++) {
        for (const each of [planned, asked]) edit(each, round, new Random(seed * ROUNDS + round));
        asked.withoutPlans();
        settle();
        const [one, other] = [planned.make(), asked.make()];
        assert.deepEqual([one.code, one.stdout, one.stderr], [other.code, other.stdout, other.stderr], `round ${String(round)}`);
        assert.deepEqual(planned.tree(), asked.tree(), `round ${String(round)}`);
        assert.equal(planned.isUpToDate(), asked.isUpToDate(), `round ${String(round)}`);
        if (!one.isByPlan) continue;
        byPlan += one.summary.replayed;
        assert.deepEqual([one.summary.replayed, one.summary.ran], [other.summary.replayed, other.summary.ran], `round ${String(round)}`);
      }
      assert.ok(byPlan > 0, "some unit was replayed by plan");
    } finally {
      removeTree(scratch);
    }
  });
}
