// Any number of Fathoms share a store, without locks, and any of them may be
// killed at any instruction. This file is also the program that the children run.

import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { argv } from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { realClock } from "../base/clock.ts";
import { digest, digestOf } from "../base/digest.ts";
import { absPath, fromText, type AbsPath } from "../base/path.ts";
import { realDisk } from "../base/real-disk.ts";
import { lmdbDatabase } from "./lmdb.ts";
import { openStore } from "./open.ts";
import type { Store } from "./store.ts";

const BLOBS = 60;
const KEY = "c".repeat(64);
const content = (which: number): Buffer => Buffer.alloc(20_000 + which, `blob ${String(which)} `);
const nameOf = (which: number): string => digestOf(Buffer.from(String(which)));

function open(root: AbsPath): Store {
  const disk = realDisk(realClock);
  const store = openStore({ root, disk, clock: realClock, openDatabase: lmdbDatabase(disk, root) });
  assert.ok(store.ok, JSON.stringify(store));
  return store.value;
}

async function publishAll(root: AbsPath): Promise<void> {
  const store = open(root);
  for (let which = 0; which < BLOBS; which++) {
    const put = store.putBlob(content(which));
    assert.ok(put.ok, JSON.stringify(put));
    assert.ok(store.putRecord("sets", `${KEY}-${nameOf(which)}`, content(which)).ok);
    assert.ok(store.getRecord("sets", `${KEY}-${nameOf(which)}`).ok);
    const [state] = realDisk(realClock).signatures([store.blobPath(put.value)]);
    assert.ok(state !== undefined && state !== null && state !== "error");
    store.index.put(store.blobPath(put.value), state, put.value, realClock.realtimeNs() + 60_000_000_000n);
    if (which === 0) process.send?.("started");
  }
  await store.index.close();
}

function assertWhole(store: Store): void {
  for (let which = 0; which < BLOBS; which++) {
    const blob = store.getBlob(digestOf(content(which)));
    assert.ok(blob.ok || blob.failure.code === "blob-missing", JSON.stringify(blob));
    const record = store.getRecord("sets", `${KEY}-${nameOf(which)}`);
    assert.ok(record.ok ? record.value.equals(content(which)) : record.failure.code === "record-missing");
  }
}

/** While others clear: what was put may be gone again at once, so only that putting succeeds is asked. */
async function publishForEver(root: AbsPath): Promise<never> {
  for (;;) {
    const store = open(root);
    for (let which = 0; which < BLOBS; which++) {
      const put = store.putBlob(content(which));
      assert.ok(put.ok, JSON.stringify(put));
      const recorded = store.putRecord("sets", `${KEY}-${nameOf(which)}`, content(which));
      assert.ok(recorded.ok, JSON.stringify(recorded));
      const [state] = realDisk(realClock).signatures([store.blobPath(put.value)]);
      if (state !== undefined && state !== null && state !== "error") {
        store.index.put(store.blobPath(put.value), state, put.value, realClock.realtimeNs() + 60_000_000_000n);
      }
      if (which === 0) process.send?.("started");
    }
    await store.index.close();
    assert.ok(store.clear().ok);
  }
}

/** Fails rather than waits for ever when the child ends first. */
async function started(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(([code]) => assert.fail(`a child ended with ${String(code)} before it had started`));
  await Promise.race([once(child, "message"), ended]);
}

if (argv[2] === "publish") {
  await publishAll(absPath(argv[3] ?? ""));
} else if (argv[2] === "publish-for-ever") {
  await publishForEver(absPath(argv[3] ?? ""));
} else {
  const folder = mkdtempSync(`${tmpdir()}/fathom-store-`);
  after(() => { rmSync(folder, { recursive: true, force: true }); });
  const child = (what: string, root: string): ChildProcess => fork(fileURLToPath(import.meta.url), [what, root]);

  test("four processes publish the same things into a store that none of them made", async () => {
    const root = absPath(fromText(`${folder}/shared`));
    const children = [1, 2, 3, 4].map(() => child("publish", root));
    const ends = await Promise.all(children.map((each) => once(each, "exit")));
    assert.deepEqual(ends, [[0, null], [0, null], [0, null], [0, null]]);
    const store = open(root);
    assert.equal(store.stats().blobs, BLOBS);
    assert.equal(store.stats().byKind.get("tmp")?.files, 0);
    assert.equal(store.files("sets").length, BLOBS);
    assertWhole(store);
    const path = store.blobPath(digest(digestOf(content(3))));
    const [state] = realDisk(realClock).signatures([path]);
    assert.ok(state !== undefined && state !== null && state !== "error");
    assert.equal(store.index.get(path, state), digestOf(content(3)));
    await store.index.close();
  });

  test("processes that publish and clear are killed, and what is left is whole and usable", async () => {
    const root = absPath(fromText(`${folder}/killed`));
    for (let round = 0; round < 6; round++) {
      const children = [child("publish-for-ever", root), child("publish-for-ever", root)];
      await Promise.all(children.map(started));
      const ends = Promise.all(children.map((each) => once(each, "exit")));
      for (const each of children) each.kill("SIGKILL");
      await ends;
      assertWhole(open(root));
    }
    await publishAll(root);
    assert.ok(open(root).clear().ok);
    assert.deepEqual([...open(root).stats().byKind], []);
  });
}
