// What is kept of a build while it runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../base/digest.ts";
import { MIN_CPU_NS } from "../cache/comparators.ts";
import { FakeRun, WORKSPACE } from "../cache/fake-unit.ts";
import { end, start } from "../ledger/fake.ts";
import { ProgramNames } from "../ledger/names.ts";
import { Cuts } from "../ledger/resolve.ts";
import type { End, Exec } from "../tap/messages.ts";
import { Barren } from "./barren.ts";
import { comparators, Keeper, timeReaders } from "./keep.ts";
import { Tally } from "./tally.ts";
import { NO_TRACING } from "./tracing.ts";
import { DiskWorld } from "./world.ts";

/** The head of a program without a loader. Source: elf(5). */
const PROGRAM = `\x7fELF\x02${"\0".repeat(13)}>${"\0".repeat(45)}`;

function keeping(): { readonly run: FakeRun; readonly barren: Barren; readonly tally: Tally; readonly keeper: Keeper } {
  const run = new FakeRun({ "/bin/tool": PROGRAM });
  const world = new DiskWorld(run.disk, run.disk.clock, [WORKSPACE], () => 0);
  const [barren, tally] = [new Barren(), new Tally()];
  const foldContext = { world, namesNow: () => null, namesBySignature: new Map(), cuts: new Cuts(), programNames: new ProgramNames(), isChangedAfter: () => false, timeReaders, comparators };
  const keeper = new Keeper({ ...run.context, world, tally, tracing: NO_TRACING, isStoring: true, isTrial: false, foldContext, barren, verification: null, tasks: null, lookedAt: null, whole: null });
  return { run, barren, tally, keeper };
}

const PLAIN = { replayed: null, mayBeStored: true, isMissed: false, claim: null };
const stream = { access: 0, kind: 1, dev: 0n, ino: 0n };

function execOf(run: FakeRun, image: number, parent: number): Exec {
  const streams = [stream, stream, stream] as const;
  return { ...start({ image, parent, cwd: WORKSPACE }), kind: "exec", question: 0, pid: image, umask: 0o22, weakKey: run.weakKey, streams, startedNs: run.disk.clock.realtimeNs() };
}

const endOf = (run: FakeRun, image: number, cpuNs = 1): End => ({ ...end({ image, cpuNs }), kind: "end", endedNs: run.disk.clock.realtimeNs(), chunks: [] });

for (const isComparator of [false, true]) {
  test(`of what has ended nothing is left while the unit around it runs, and nothing at all afterwards, below ${isComparator ? "make" : "a script"}`, () => {
    const { run, barren, tally, keeper } = keeping();
    const begin = (image: number, parent: number): void => {
      const exec = execOf(run, image, parent);
      barren.begins(exec, { isComparator: isComparator && image === 1, mayBeStored: true, startsTasks: false });
      keeper.begin(exec, PLAIN);
    };
    const finish = (image: number, cpuNs?: number): void => {
      keeper.ended(endOf(run, image, cpuNs), []);
      keeper.finished(image);
      keeper.finish();
    };
    begin(1, 0);
    for (let image = 2; image < 40; image += 2) {
      begin(image, 1);
      begin(image + 1, image);
      finish(image + 1);
      finish(image);
    }
    assert.deepEqual([keeper.size, barren.size], [1, 1]);
    finish(1, Number(MIN_CPU_NS));
    assert.deepEqual([keeper.size, barren.size], [0, 0]);
    assert.equal(tally.result(1, 1n, 0n).ran, isComparator ? 0 : 1);
  });
}

test("who has too much to fold says so, until it is done", () => {
  const { run, keeper } = keeping();
  for (let image = 1; image <= 300; image += 1) {
    keeper.begin(execOf(run, image, 0), PLAIN);
    keeper.ended(endOf(run, image), []);
    keeper.finished(image);
  }
  assert.equal(keeper.isBehind(), true);
  keeper.finish();
  assert.equal(keeper.isBehind(), false);
});

test("a key is busy from the end of what ran under it until that is stored", () => {
  const { run, keeper } = keeping();
  const other = digestOf(Buffer.from("another command"));
  const isBusy = (): readonly boolean[] => [run.weakKey, other].map((weakKey) => keeper.isBusyWith(weakKey));
  keeper.begin(execOf(run, 1, 0), PLAIN);
  assert.deepEqual(isBusy(), [false, false]);
  keeper.ended(endOf(run, 1, Number(MIN_CPU_NS)), []);
  keeper.finished(1);
  assert.deepEqual(isBusy(), [true, false]);
  keeper.workOnce(() => undefined);
  const isFolded = !keeper.isBusyWith(run.weakKey);
  keeper.finish();
  assert.deepEqual([isBusy(), isFolded], [[false, false], false]);
});
