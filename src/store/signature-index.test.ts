// The index remembers what is old enough to be trusted, over LMDB and without.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { realClock } from "../base/clock.ts";
import { digestOf } from "../base/digest.ts";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath, fromText, type AbsPath } from "../base/path.ts";
import { realDisk } from "../base/real-disk.ts";
import { signatureOf, type Signature } from "../base/signature.ts";
import { lmdbDatabase } from "./lmdb.ts";
import { LazyIndex, type Database } from "./signature-index.ts";

const NOW = 1_700_000_000_000_123_456n;
const SECOND = 1_000_000_000n;
const [ONE, TWO] = [digestOf(Buffer.from("1")), digestOf(Buffer.from("2"))];
const PATH = absPath("/w/a");

const state = (ageNs: bigint, mtimeAgeNs = ageNs, ino = 1n): Signature =>
  signatureOf({ dev: 1n, ino, size: 1n, mtimeNs: NOW - mtimeAgeNs, ctimeNs: NOW - ageNs, mode: 0o100644, nlink: 1 });

const folders: string[] = [];
after(() => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });

function freshRoot(): AbsPath {
  const folder = mkdtempSync(`${tmpdir()}/fathom-index-`);
  folders.push(folder);
  return absPath(fromText(folder));
}

const disk = realDisk(realClock);

test("a digest is remembered for exactly one state of a path", () => {
  const index = new LazyIndex(() => null, NOW);
  index.put(PATH, state(SECOND), ONE);
  assert.equal(index.get(PATH, state(SECOND)), ONE);
  assert.equal(index.get(PATH, state(SECOND, SECOND, 2n)), null);
  assert.equal(index.get(absPath("/w/b"), state(SECOND)), null);
});

test("a state that could change within the same clock tick is not remembered", () => {
  const index = new LazyIndex(() => null, NOW - 10n * SECOND);
  const young = [state(10_000_000n), state(-SECOND), state(SECOND, 10_000_000n), state(SECOND, -SECOND)];
  for (const each of young) {
    index.put(PATH, each, ONE, NOW);
    assert.equal(index.get(PATH, each), null);
  }
  index.put(PATH, state(21_000_000n), ONE, NOW);
  assert.equal(index.get(PATH, state(21_000_000n)), ONE);
});

test("without a time of reading, only what was old when the index was opened is remembered", () => {
  const index = new LazyIndex(() => null, NOW - SECOND);
  index.put(PATH, state(SECOND / 2n), ONE);
  assert.equal(index.get(PATH, state(SECOND / 2n)), null);
});

/** An index without a database that says how often it asked for one. */
function counting(): { readonly index: LazyIndex; readonly opened: () => number } {
  let opened = 0;
  const index = new LazyIndex(() => {
    opened++;
    return null;
  }, NOW);
  return { index, opened: () => opened };
}

test("nothing is opened before memory cannot answer", async () => {
  const { index, opened } = counting();
  index.put(PATH, state(SECOND), ONE);
  assert.equal(index.get(PATH, state(SECOND)), ONE);
  assert.equal(opened(), 0);
  assert.equal(index.get(absPath("/w/b"), state(SECOND)), null);
  assert.equal(opened(), 1);
  await index.close();
});

test("at the end of a run the index is opened only for much", async () => {
  const { index, opened } = counting();
  index.put(PATH, state(SECOND), ONE);
  await index.settle();
  assert.equal(opened(), 0);
  const large = signatureOf({ dev: 1n, ino: 2n, size: 33_000_000n, mtimeNs: NOW - SECOND, ctimeNs: NOW - SECOND, mode: 0o100644, nlink: 1 });
  index.put(absPath("/w/b"), large, TWO);
  await index.settle();
  assert.equal(opened(), 1);
});

test("over LMDB, what was put is there after closing, in another index too", async () => {
  const root = freshRoot();
  const long = absPath(`/${"x".repeat(3000)}\xff`);
  const first = new LazyIndex(lmdbDatabase(disk, root), NOW);
  first.put(PATH, state(SECOND), ONE);
  first.put(long, state(SECOND), TWO);
  await first.close();
  const second = new LazyIndex(lmdbDatabase(disk, root), NOW);
  assert.equal(second.get(PATH, state(SECOND)), ONE);
  assert.equal(second.get(long, state(SECOND)), TWO);
  second.put(PATH, state(2n * SECOND), TWO);
  await second.close();
  assert.equal(first.get(PATH, state(2n * SECOND)), TWO);
  assert.equal(first.get(PATH, state(SECOND)), null);
  await first.close();
});

test("a file that is no database, or was cut short, is set aside and begun anew", async () => {
  const file = (root: AbsPath): string => `${root}/index/signatures-1.mdb`;
  const spoil: readonly ((root: AbsPath) => void)[] = [
    (root) => { writeFileSync(file(root), Buffer.alloc(14, "not a database")); },
    (root) => { writeFileSync(file(root), Buffer.alloc(100_000, "not a database")); },
    (root) => { truncateSync(file(root), 4096); },
    (root) => { truncateSync(file(root), 8192); },
    (root) => { truncateSync(file(root), statSync(file(root)).size / 2); },
  ];
  for (const each of spoil) {
    const root = freshRoot();
    const first = new LazyIndex(lmdbDatabase(disk, root), NOW);
    for (let i = 0; i < 1000; i++) first.put(absPath(`/w/${String(i)}`), state(SECOND), ONE);
    await first.close();
    each(root);
    const second = new LazyIndex(lmdbDatabase(disk, root), NOW);
    for (let i = 0; i < 1000; i++) assert.equal(second.get(absPath(`/w/${String(i)}`), state(SECOND)), null);
    second.put(PATH, state(SECOND), TWO);
    await second.close();
    assert.equal(second.get(PATH, state(SECOND)), TWO);
    await second.close();
    assert.match(disk.list(absPath(`${root}/damaged`)) ?? "", /index-/);
  }
});

test("a value that decayed is not believed", () => {
  const kept = new Map<string, Buffer>();
  const database: Database = {
    get: (key) => kept.get(key.toString("latin1")) ?? null,
    range: () => [...kept].map(([key, value]) => [Buffer.from(key, "latin1"), value] as const),
    putAll: (pairs) => { for (const [key, value] of pairs) kept.set(key.toString("latin1"), value); return true; },
    close: () => Promise.resolve(),
  };
  const index = new LazyIndex(() => database, NOW);
  index.put(PATH, state(SECOND), ONE);
  void index.close();
  assert.equal(index.get(PATH, state(SECOND)), ONE);
  const [value] = [...kept.values()];
  assert.ok(value);
  value[60] = (value[60] ?? 0) ^ 1;
  assert.equal(index.get(PATH, state(SECOND)), null);
  assert.deepEqual([...index.below(absPath("/w"))], []);
});

test("all that is known below a directory is each of its files, in its last state, written yet or not", async () => {
  const index = new LazyIndex(lmdbDatabase(disk, freshRoot()), NOW);
  const paths = [PATH, absPath("/w/d/\xff"), absPath("/w0"), absPath("/v/a"), absPath("/w.d/a")];
  for (const path of paths) index.put(path, state(SECOND), ONE);
  await index.close();
  index.put(absPath("/w/d/\xff"), state(2n * SECOND), TWO);
  assert.deepEqual([...index.below(absPath("/w"))].map(({ path, signature, digest }) => [path, signature, digest]), [["/w/d/\xff", state(2n * SECOND), TWO], [PATH, state(SECOND), ONE]]);
  await index.close();
});

test("on a network file system no database is opened", () => {
  const remote = new FakeDisk();
  remote.isRemote = true;
  assert.equal(lmdbDatabase(remote, absPath("/cache"))(), null);
});

test("a database that fails to write keeps what it has in memory", async () => {
  const failing: Database = { get: () => null, range: () => [], putAll: () => false, close: () => Promise.resolve() };
  const index = new LazyIndex(() => failing, NOW);
  index.put(PATH, state(SECOND), ONE);
  await index.close();
  assert.equal(index.get(PATH, state(SECOND)), ONE);
});
