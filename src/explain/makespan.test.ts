// Scheduling keeps what bounds every schedule, and shares processors as a machine does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { criticalPath, makespanUs, type Work } from "./makespan.ts";

const work = (takesUs: number, after: readonly number[] = [], load = 0, rank = 0): Work => ({ takesUs, after, load, rank });
const near = (found: number, expected: number): void => { assert.ok(Math.abs(found - expected) < 0.01, `${String(found)} is not ${String(expected)}`); };

test("one job at a time takes the sum, enough of them the longest way", () => {
  const works = [work(10), work(20, [0]), work(30, [0]), work(5, [1, 2])];
  near(makespanUs(works, { jobs: 1, processors: 1 }), 65);
  near(makespanUs(works, { jobs: 9, processors: 1 }), 45);
  const { us, path, tailUs } = criticalPath(works);
  assert.deepEqual([us, path, tailUs], [45, [0, 2, 3], [35, 5, 5, 0]]);
});

test("what is ready starts by rank", () => {
  const works = [work(10, [], 0, 2), work(10, [], 0, 1), work(40, [1])];
  near(makespanUs(works, { jobs: 1, processors: 1 }), 60);
  near(makespanUs(works, { jobs: 2, processors: 1 }), 50);
  near(makespanUs([work(10, [], 0, 0), work(10, [], 0, 1), work(40, [], 0, 2)], { jobs: 2, processors: 1 }), 50);
  near(makespanUs([work(10, [], 0, 2), work(10, [], 0, 1), work(40, [], 0, 0)], { jobs: 2, processors: 1 }), 40);
});

test("who computes shares the processors, who sleeps does not need one", () => {
  near(makespanUs([work(100, [], 1), work(100, [], 1)], { jobs: 2, processors: 1 }), 200);
  near(makespanUs([work(100, [], 1), work(100, [], 1)], { jobs: 2, processors: 2 }), 100);
  near(makespanUs([work(100, [], 0), work(100, [], 1)], { jobs: 2, processors: 1 }), 100);
  near(makespanUs([work(100, [], 4), work(100, [], 4)], { jobs: 2, processors: 4 }), 200);
});

test("no schedule is shorter than its bounds or longer than Graham's", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = generator(seed);
    const works = Array.from({ length: 40 }, (_, index) => work(1 + random(100), Array.from({ length: Math.min(index, random(3)) }, () => random(index)).filter((at, place, all) => all.indexOf(at) === place), 0, random(40)));
    const sum = works.reduce((total, { takesUs }) => total + takesUs, 0);
    const longest = criticalPath(works).us;
    for (const jobs of [1, 2, 4, 8]) {
      const found = makespanUs(works, { jobs, processors: 1 });
      const [least, most] = [Math.max(sum / jobs, longest), sum / jobs + longest * (1 - 1 / jobs)];
      assert.ok(found >= least - 0.01 && found <= most + 0.01, `seed ${String(seed)}, ${String(jobs)} jobs: ${String(found)} is not between ${String(least)} and ${String(most)}`);
    }
  }
});

/** Source: the constants of Numerical Recipes. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return below === 0 ? 0 : (state >>> 8) % below;
  };
}
