// Whatever a process did, and whatever happened to its ledger, reading and
// folding come to an end with a value. Seeds are printed; set one to see it again.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { isAbsPath } from "../base/path.ts";
import { Below } from "./below.ts";
import { LedgerDecoder } from "./decode.ts";
import { encodeRecord } from "./encode.ts";
import { alone, carry, changed, contextOf, dir, dirSig, FakeWorld, file, fileSig, fold, inOrder, link, linked, linkSig, listed, madeDir, madeLink, missing, opened, removed, said, renamed, stated, wrote, type Said, type Story, type Table } from "./fake.ts";
import type { FoldedUnit } from "./fold.ts";

const ROUNDS = 300;
const SEEDS = [1, 2, 3, randomInt(1 << 30)];

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const NAMES = ["a", "b", "l", "d", "..", ".", ""];
type Random = (below: number) => number;
const path = (random: Random): string => `/w${Array.from({ length: 1 + random(4) }, () => `/${NAMES[random(NAMES.length)]}`).join("")}`;

function anything(random: Random): Said {
  const [one, two, flags] = [path(random), path(random), random(32)];
  const state = [fileSig(random(9)), dirSig(random(9)), linkSig(random(9))][random(3)] ?? null;
  const kinds: readonly (() => Said)[] = [
    () => opened(one, random(9), flags),
    () => stated(one, random(9)),
    () => ({ kind: "typed", file: random(4) === 0 ? null : state, path: one, flags }),
    () => missing(one),
    () => ({ kind: "readlink", error: [0, 2, 22][random(3)] ?? 0, path: one, target: two.slice(random(2)) }),
    () => listed(one, ["a", "b"], random(9)),
    () => wrote(one, random(2) === 0 ? null : random(9), flags),
    () => (state === null ? missing(one) : removed(one, state, flags)),
    () => madeDir(one),
    () => madeLink(one, two.slice(random(2))),
    () => linked(one, two, random(9)),
    () => (state === null ? missing(one) : renamed(one, two, state, random(2) === 0 ? null : state, flags)),
    () => changed(one, random(9), random(8)),
    () => ({ kind: "made-node", mode: 0o010644, path: one }),
  ];
  return kinds[random(kinds.length)]?.() ?? missing(one);
}

/** The same, that changes nothing above /w. */
function below(random: Random): Said {
  for (;;) {
    const record = anything(random);
    if (!JSON.stringify(record).includes("..")) return record;
  }
}

const WORLD: Table = { "/w/a": file(1), "/w/d/a": file(2), "/w/d/b": dir(), "/w/l": link("d"), "/w/b/l": link("../l/b"), "/w/d/l": link("l"), "/bin/tool": file(77) };

function check(unit: Pick<FoldedUnit, "footprint">): void {
  const { observations, touched } = unit.footprint;
  for (const fact of observations) assert.ok(isAbsPath(fact.path), fact.path);
  for (const name of touched) assert.ok(isAbsPath(name), name);
  assert.equal(new Set(observations.map((fact) => fact.path)).size, observations.length);
}

for (const seed of SEEDS) {
  test(`any stream of records folds, alone and below others, and to the same when nothing is handed up (seed ${seed})`, () => {
    const random = randomFrom(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      const context = contextOf(new FakeWorld(WORLD));
      const records = (): Said[] => Array.from({ length: random(30) }, () => ({ ...anything(random), seq: random(100) }));
      const children = [2, 3].map((image) => fold({ context, start: { image, parent: 1 }, records: records() }));
      for (const child of children) check(child);
      const story: Story = { context, records: records(), children };
      const { exit, footprint } = fold(story);
      check({ footprint });
      assert.deepEqual(alone(story), { exit, footprint });
    }
  });

  test(`a unit comes to the same whether what is below it is put together as it ends, in any order, or all at once (seed ${seed})`, () => {
    const random = randomFrom(seed);
    for (let round = 0; round < ROUNDS / 3; round += 1) {
      const context = contextOf(new FakeWorld(WORLD));
      // Everybody's places are different, as the supervisor gives them.
      let given = 0;
      const seq = (): number => random(100) * 1000 + (given += 1);
      const records = (): Said[] => Array.from({ length: random(30) }, () => ({ ...anything(random), seq: seq() }));
      const make = random(2) === 0 ? fold : carry;
      const children = Array.from({ length: random(5) }, (_, at) => make({ context, start: { image: at + 2, parent: 1, seq: seq() }, records: records() }));
      const below = new Below(undefined, random(40));
      const successor = random(3) === 0 ? random(7) : 0;
      for (const child of children.toSorted((a, b) => (a.image * 7) % 5 - (b.image * 7) % 5)) below.add(child, child.image === successor);
      const unit = { context, records: records(), end: successor === 0 ? {} : { how: 2, successor } };
      const [atOnce, piecemeal] = [fold({ ...unit, children }), fold({ ...unit, children: [below.asOne(successor)] })];
      assert.deepEqual(piecemeal.footprint, atOnce.footprint);
      assert.deepEqual(piecemeal.exit, atOnce.exit);
      assert.deepEqual(said(piecemeal.carried.events), said(atOnce.carried.events));
      assert.deepEqual({ ...piecemeal.carried, events: 0 }, { ...atOnce.carried, events: 0 });
    }
  });

  test(`a unit and the one around it come to the same when looks at what never changes are kept once (seed ${seed})`, () => {
    const random = randomFrom(seed);
    const outside = (): Said => [opened("/lib/a", 50), missing("/lib/none"), stated("/lib/d/../a", 50), listed("/lib/d", ["x"], 51)][random(4)] ?? missing("/lib/none");
    for (let round = 0; round < ROUNDS / 3; round += 1) {
      const context = contextOf(new FakeWorld({ ...WORLD, "/lib/a": file(50), "/lib/d/x": file(52) }));
      let given = 0;
      const seq = (): number => random(100) * 1000 + (given += 1);
      const records = (): Said[] => Array.from({ length: random(40) }, () => ({ ...(random(2) === 0 ? outside() : below(random)), seq: seq() }));
      const children = Array.from({ length: random(8) }, (_, at) => (random(2) === 0 ? fold : carry)({ context, start: { image: at + 2, parent: 1, seq: seq() }, records: records() }));
      const gone = new Below((at) => at.startsWith("/lib"), random(40));
      for (const child of children.toSorted((a, b) => (a.image * 7) % 5 - (b.image * 7) % 5)) gone.add(child, false);
      const unit = { context, start: { image: 20, parent: 30 }, records: records() };
      const [atOnce, piecemeal] = [fold({ ...unit, children }), fold({ ...unit, children: [gone.asOne(0)] })];
      assert.deepEqual(piecemeal.footprint, atOnce.footprint);
      const around = { context, records: records() };
      assert.deepEqual(fold({ ...around, children: [piecemeal] }).footprint, fold({ ...around, children: [atOnce] }).footprint);
    }
  });

  test(`any damage to a ledger is a value (seed ${seed})`, () => {
    const random = randomFrom(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      const records = inOrder(Array.from({ length: random(20) }, () => anything(random)));
      const bytes = Buffer.concat(records.map(encodeRecord));
      for (let hits = random(6); hits > 0 && bytes.length > 0; hits -= 1) bytes.writeUInt8(random(256), random(bytes.length));
      const result = new LedgerDecoder().decode([bytes.subarray(0, bytes.length - random(2) * random(bytes.length + 1))]);
      if (result.ok) check(fold({ context: contextOf(new FakeWorld(WORLD)), records: result.value.records }));
    }
  });
}
