// The claims of collect.ts and audit.ts, on a store that real units were stored in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../base/digest.ts";
import { absPath } from "../base/path.ts";
import { audit } from "./audit.ts";
import { collect, type Bounds } from "./collect.ts";
import { FakeRun } from "./fake-unit.ts";

const HOUR_NS = 3_600_000_000_000n;
const FOREVER: Bounds = { bytesMax: Number.MAX_SAFE_INTEGER, ageNsMax: 1_000_000n * HOUR_NS };

/** One unit that turns `input` into `output`, under its own weak key. */
function store(run: FakeRun, input: string, output: string): void {
  run.weakKey = digestOf(Buffer.from(`${input} to ${output}`));
  run.stored((unit) => {
    unit.writes(output, `${unit.reads(input)} compiled`);
  });
}

const isHit = (run: FakeRun, input: string, output: string): boolean => {
  run.weakKey = digestOf(Buffer.from(`${input} to ${output}`));
  run.restart();
  return run.ask().kind === "hit";
};

/** Two units, the second a day later. */
function twoUnits(): FakeRun {
  const run = new FakeRun({ a: "alpha", b: "beta" });
  store(run, "a", "a.o");
  run.disk.clock.advance(24n * HOUR_NS);
  store(run, "b", "b.o");
  run.disk.clock.advance(2n * HOUR_NS);
  return run;
}

const collectNow = (run: FakeRun, bounds: Partial<Bounds>): ReturnType<typeof collect> =>
  collect(run.store, { ...FOREVER, ...bounds }, run.disk.clock.realtimeNs());

test("within its bounds nothing is collected", () => {
  const run = twoUnits();
  const { removedFiles, removedBytes, keptBytes } = collectNow(run, {});
  assert.deepEqual([removedFiles, removedBytes], [0, 0]);
  assert.ok(keptBytes > 0);
});

test("what was used longest ago goes first, with everything that only it needs", () => {
  const run = twoUnits();
  const before = run.store.files("blobs").length;
  collectNow(run, { ageNsMax: 20n * HOUR_NS });
  assert.equal(isHit(run, "a", "a.o"), false);
  assert.equal(isHit(run, "b", "b.o"), true);
  assert.equal(run.store.files("blobs").length, before - 1);
  for (const kind of ["keys", "entries", "witnesses"]) assert.equal(run.store.files(kind).length, 1, kind);
  assert.deepEqual(audit(run.store, () => undefined).findings, []);
});

test("a unit that was replayed lately stays, however long ago it was stored", () => {
  const run = twoUnits();
  run.weakKey = digestOf(Buffer.from("a to a.o"));
  run.store.markUsed("keys", run.weakKey);
  collectNow(run, { ageNsMax: 20n * HOUR_NS });
  assert.equal(isHit(run, "a", "a.o"), true);
});

test("a store that is too large is made smaller, the latest kept", () => {
  const run = twoUnits();
  const { keptBytes } = collectNow(run, {});
  const shrunk = collectNow(run, { bytesMax: keptBytes - 1 });
  assert.ok(shrunk.removedBytes > 0 && shrunk.keptBytes < keptBytes);
  assert.equal(isHit(run, "b", "b.o"), true);
  assert.equal(isHit(run, "a", "a.o"), false);
  collectNow(run, { bytesMax: 0 });
  assert.equal(isHit(run, "b", "b.o"), false);
});

test("what was published within the hour stays", () => {
  const run = new FakeRun({ a: "alpha" });
  store(run, "a", "a.o");
  assert.equal(collectNow(run, { bytesMax: 0 }).removedFiles, 0);
});

test("of old content that is collected no young entry is left", () => {
  const run = new FakeRun({ a: "same", b: "same" });
  store(run, "a", "a.o");
  run.disk.clock.advance(24n * HOUR_NS);
  store(run, "b", "b.o");
  assert.ok(collectNow(run, { bytesMax: 0 }).removedFiles > 0);
  assert.deepEqual(audit(run.store, () => undefined).findings, []);
});

test("content that two units share stays while one of them does", () => {
  const run = new FakeRun({ a: "same", b: "same" });
  store(run, "a", "a.o");
  run.disk.clock.advance(24n * HOUR_NS);
  store(run, "b", "b.o");
  run.disk.clock.advance(2n * HOUR_NS);
  collectNow(run, { ageNsMax: 20n * HOUR_NS });
  run.remove("b.o");
  assert.equal(isHit(run, "b", "b.o"), true);
  run.replay();
  assert.equal(run.text("b.o"), "same compiled");
});

test("at whatever step of emptying an entry is stored, it has its blobs or is gone", () => {
  for (let step = 0, isReached = true; isReached; step++) {
    const run = twoUnits();
    run.weakKey = digestOf(Buffer.from("a to a.o"));
    const { entry, strongKey } = run.hit();
    const rename = run.disk.rename.bind(run.disk);
    let steps = 0;
    isReached = false;
    run.disk.rename = (from, to) => {
      if (steps++ === step) {
        isReached = true;
        run.context.records.putEntry(strongKey, entry);
      }
      return rename(from, to);
    };
    assert.ok(run.store.clear().ok);
    run.disk.rename = rename;
    assert.deepEqual(audit(run.store, () => undefined).findings, [], `stored at step ${String(step)}`);
  }
});

test("an entry whose content was removed while it was stored is not stored", () => {
  const run = twoUnits();
  run.weakKey = digestOf(Buffer.from("a to a.o"));
  const { entry, strongKey } = run.hit();
  assert.ok(run.store.clear().ok);
  const put = run.context.records.putEntry(strongKey, entry);
  assert.equal(put.ok ? "" : put.failure.code, "blob-missing");
  assert.deepEqual(run.store.files("entries"), []);
});

test("a sound store has no findings", () => {
  const { findings, blobs, records } = audit(twoUnits().store, () => undefined);
  assert.deepEqual(findings, []);
  assert.deepEqual([blobs, records], [2, 6]);
});

test("a damaged blob is named, set aside, and the entry that needs it is a miss", () => {
  const run = twoUnits();
  const [blob] = run.store.files("blobs");
  assert.ok(blob !== undefined);
  run.disk.write(absPath(`${run.store.root}/blobs/${blob.name}`), "damage");
  const { findings } = audit(run.store, () => undefined);
  assert.deepEqual(findings.map(({ what }) => what.split("/")[0]), ["blobs", "entries"]);
  assert.equal(findings[0]?.what, `blobs/${blob.name}`);
  assert.deepEqual(audit(run.store, () => undefined).findings, []);
});

test("a record that is damaged, cut short, or of another form is named and gone", () => {
  for (const damage of ["", "damage", "x".repeat(200)]) {
    for (const kind of ["keys", "entries", "witnesses"]) {
      const run = twoUnits();
      const [record] = run.store.files(kind);
      assert.ok(record !== undefined);
      run.disk.write(absPath(`${run.store.root}/${kind}/${record.name}`), damage);
      const { findings } = audit(run.store, () => undefined);
      assert.deepEqual(findings.map(({ what }) => what), [`${kind}/${record.name}`]);
      assert.deepEqual(audit(run.store, () => undefined).findings, []);
    }
  }
});

test("a record that holds what another kind holds is unsound, though its frame is", () => {
  for (const kind of ["keys", "entries", "witnesses"]) {
    const run = twoUnits();
    const [record] = run.store.files(kind);
    assert.ok(record !== undefined);
    assert.ok(run.store.putRecord(kind, record.name, Buffer.from("FXYZ\x01\0\0\0")).ok);
    assert.deepEqual(audit(run.store, () => undefined).findings.map(({ what }) => what), [`${kind}/${record.name}`]);
  }
});
