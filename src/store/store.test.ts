// What a store promises, on a disk in memory: what is damaged is never
// believed, what is full leaves nothing behind, what is newer is left alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, type Digest } from "../base/digest.ts";
import { FakeDisk } from "../base/fake-disk.ts";
import { RECORD_BYTES_MAX } from "../base/limits.ts";
import { absPath } from "../base/path.ts";
import type { Result } from "../base/result.ts";
import { modeOf, type Signature } from "../base/signature.ts";
import { openStore } from "./open.ts";
import type { Store } from "./store.ts";

const ROOT = absPath("/cache/fathom");
const KEY = "a".repeat(64);
const SET = "b".repeat(64);

function value<T, F>(result: Result<T, F>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function codeOf(result: Result<unknown, { readonly code: string }>): string {
  assert.ok(!result.ok, "expected a failure");
  return result.failure.code;
}

function openOn(disk: FakeDisk): Store {
  return value(openStore({ root: ROOT, disk, clock: disk.clock }));
}

function signatureAt(disk: FakeDisk, path: string): Signature {
  const [found] = disk.signatures([absPath(path)]);
  assert.ok(found !== undefined && found !== null && found !== "error");
  return found;
}

const staged = (disk: FakeDisk): string => disk.list(absPath(`${ROOT}/tmp`)) ?? "";

const namesOf = (store: Store, kind: string): readonly string[] => store.files(kind).map(({ name }) => name);

test("a blob is read back, once under its name and nothing beside it", () => {
  const disk = new FakeDisk();
  const store = openOn(disk);
  const digest = value(store.putBlob(Buffer.from("content")));
  assert.equal(digest, digestOf(Buffer.from("content")));
  assert.equal(store.blobPath(digest), `${ROOT}/blobs/${digest}`);
  assert.equal(value(store.getBlob(digest)).toString(), "content");
  assert.equal(value(store.checkedBlob(digest)), store.blobPath(digest));
  assert.equal(modeOf(signatureAt(disk, store.blobPath(digest))), 0o100444);
  assert.equal(staged(disk), "");
});

test("a blob that is there is not written again", () => {
  const disk = new FakeDisk();
  const store = openOn(disk);
  value(store.putBlob(Buffer.from("content")));
  const changes = disk.changes.length;
  value(store.putBlob(Buffer.from("content")));
  assert.equal(disk.changes.length, changes);
});

test("a missing blob is missing", () => {
  const store = openOn(new FakeDisk());
  const digest = digestOf(Buffer.from("never"));
  assert.equal(store.hasBlob(digest), false);
  assert.equal(codeOf(store.getBlob(digest)), "blob-missing");
  assert.equal(codeOf(store.checkedBlob(digest)), "blob-missing");
});

for (const [how, get] of [["getBlob", (s: Store, d: Digest) => s.getBlob(d)], ["checkedBlob", (s: Store, d: Digest) => s.checkedBlob(d)]] as const) {
  test(`a damaged blob is set aside by ${how}, not believed, and may be stored again`, () => {
    const disk = new FakeDisk();
    const store = openOn(disk);
    const digest = value(store.putBlob(Buffer.from("content")));
    disk.write(store.blobPath(digest), "cOntent");
    assert.equal(codeOf(get(store, digest)), "blob-damaged");
    assert.equal(store.hasBlob(digest), false);
    assert.match(disk.list(absPath(`${ROOT}/damaged`)) ?? "", new RegExp(digest.slice(2)));
    value(store.putBlob(Buffer.from("content")));
    assert.equal(get(store, digest).ok, true);
  });
}

test("a blob that was cut short when the machine stopped is replaced by the next one stored", () => {
  const disk = new FakeDisk();
  const store = openOn(disk);
  const digest = value(store.putBlob(Buffer.from("content")));
  disk.write(store.blobPath(digest), "");
  value(store.putBlob(Buffer.from("content")));
  assert.equal(value(store.getBlob(digest)).toString(), "content");
});

test("checkedBlob reads a blob once, and again when its state changed", () => {
  const disk = new FakeDisk();
  const store = openOn(disk);
  const digest = value(store.putBlob(Buffer.from("content")));
  disk.clock.advance(1_000_000_000n);
  value(store.checkedBlob(digest));
  value(store.checkedBlob(digest));
  assert.equal(disk.reads.filter((path) => path === store.blobPath(digest)).length, 1);
  disk.write(store.blobPath(digest), "cOntent");
  assert.equal(codeOf(store.checkedBlob(digest)), "blob-damaged");
});

test("putFile copies a file in when its state is the expected one", () => {
  const disk = new FakeDisk({ "/w/out": "result" });
  const store = openOn(disk);
  const digest = digestOf(Buffer.from("result"));
  value(store.putFile(absPath("/w/out"), digest, signatureAt(disk, "/w/out")));
  assert.equal(value(store.getBlob(digest)).toString(), "result");
});

test("putFile refuses a file that changed since its content was read", () => {
  const disk = new FakeDisk({ "/w/out": "result" });
  const store = openOn(disk);
  const expected = signatureAt(disk, "/w/out");
  disk.write("/w/out", "rEsult");
  assert.equal(codeOf(store.putFile(absPath("/w/out"), digestOf(Buffer.from("result")), expected)), "changed-while-stored");
  disk.remove("/w/out");
  assert.equal(codeOf(store.putFile(absPath("/w/out"), digestOf(Buffer.from("result")), expected)), "changed-while-stored");
});

test("putFile refuses a file that changes while it is copied and leaves nothing behind", () => {
  const disk = new FakeDisk({ "/w/out": "result" });
  const store = openOn(disk);
  const expected = signatureAt(disk, "/w/out");
  disk.refuse = (call) => {
    if (call === "copyFile") disk.write("/w/out", "rEsult");
    return null;
  };
  const digest = digestOf(Buffer.from("result"));
  assert.equal(codeOf(store.putFile(absPath("/w/out"), digest, expected)), "changed-while-stored");
  assert.equal(store.hasBlob(digest), false);
  assert.equal(staged(disk), "");
});

test("a full disk is a failure that leaves nothing behind, and is over when there is room", () => {
  for (const full of ["createFile", "copyFile", "rename", "ensureDirectory"] as const) {
    const disk = new FakeDisk({ "/w/out": "result" });
    const store = openOn(disk);
    const digest = digestOf(Buffer.from("result"));
    disk.refuse = (call) => (call === full ? "enospc" : null);
    if (full !== "copyFile") assert.equal(codeOf(store.putRecord("entries", KEY, Buffer.from("x"))), "store-write-failed");
    if (full !== "createFile") assert.equal(codeOf(store.putFile(absPath("/w/out"), digest, signatureAt(disk, "/w/out"))), "store-write-failed");
    assert.equal(store.hasBlob(digest), false);
    assert.equal(store.hasRecord("entries", KEY), false);
    assert.equal(staged(disk), "");
    disk.refuse = () => null;
    value(store.putFile(absPath("/w/out"), digest, signatureAt(disk, "/w/out")));
  }
});

test("a record is read back, replaced and removed", () => {
  const store = openOn(new FakeDisk());
  assert.equal(codeOf(store.getRecord("entries", KEY)), "record-missing");
  value(store.putRecord("entries", KEY, Buffer.from("one")));
  value(store.putRecord("entries", KEY, Buffer.from("two")));
  assert.equal(value(store.getRecord("entries", KEY)).toString(), "two");
  assert.equal(store.hasRecord("entries", KEY), true);
  value(store.removeRecord("entries", KEY));
  value(store.removeRecord("entries", KEY));
  assert.equal(store.hasRecord("entries", KEY), false);
});

test("the supervisor finds keys/<weak key> exactly while the key is known", () => {
  const disk = new FakeDisk();
  const store = openOn(disk);
  value(store.putRecord("keys", KEY, Buffer.from("x")));
  assert.notEqual(disk.text(`${ROOT}/keys/${KEY}`), null);
  assert.deepEqual(namesOf(store, "keys"), [KEY]);
  value(store.removeRecord("keys", KEY));
  assert.equal(disk.list(absPath(`${ROOT}/keys`)), "");
});

test("names are listed in the order of their bytes", () => {
  const store = openOn(new FakeDisk());
  for (const name of ["xyz", "abd2-z", "abd2.y", "abc1"]) value(store.putRecord("witnesses", name, Buffer.from(name)));
  assert.deepEqual(namesOf(store, "witnesses"), ["abc1", "abd2-z", "abd2.y", "xyz"]);
  assert.deepEqual(namesOf(store, "entries"), []);
});

test("a name that is no name is our own mistake", () => {
  const store = openOn(new FakeDisk());
  for (const name of ["", ".", "..", "../abc", "abc/../d", "/abc", "abc/d", ".ab", "-ab", "a b", "a".repeat(201)]) {
    assert.throws(() => store.hasRecord("entries", name), /Bug in Fathom/, name);
  }
  for (const kind of ["", "blobs", "tmp", "index", "damaged", "a/b", "."]) assert.throws(() => store.hasRecord(kind, KEY), /Bug in Fathom/);
});

test("a record that is damaged anywhere is set aside and not believed", () => {
  const disk = new FakeDisk();
  const store = openOn(disk);
  const path = `${ROOT}/entries/${KEY}`;
  value(store.putRecord("entries", KEY, Buffer.from("payload")));
  const whole = value(disk.readFile(absPath(path)));
  for (let at = 0; at < whole.length; at++) {
    const version = at >= 8 && at < 12;
    const bad = Buffer.from(whole);
    bad[at] = version ? 0 : (bad[at] ?? 0) ^ 0x10;
    if (bad.equals(whole)) continue;
    disk.write(path, bad);
    assert.equal(codeOf(store.getRecord("entries", KEY)), "record-damaged", `byte ${String(at)}`);
    assert.equal(store.hasRecord("entries", KEY), false);
  }
  for (let length = 0; length < whole.length; length++) {
    disk.write(path, whole.subarray(0, length));
    assert.equal(codeOf(store.getRecord("entries", KEY)), "record-damaged", `cut to ${String(length)}`);
  }
  disk.write(path, Buffer.concat([whole, Buffer.from("x")]));
  assert.equal(codeOf(store.getRecord("entries", KEY)), "record-damaged");
});

test("a record under another record's name is damaged", () => {
  const disk = new FakeDisk();
  const store = openOn(disk);
  value(store.putRecord("sets", `${KEY}-${SET}`, Buffer.from("x")));
  value(store.putRecord("sets", `${SET}-${SET}`, Buffer.from("y")));
  value(disk.rename(absPath(`${ROOT}/sets/${KEY}-${SET}`), absPath(`${ROOT}/sets/${SET}-${SET}`)));
  assert.equal(codeOf(store.getRecord("sets", `${SET}-${SET}`)), "record-damaged");
});

test("a record of a newer Fathom is left alone", () => {
  const disk = new FakeDisk();
  const store = openOn(disk);
  const path = `${ROOT}/sets/${KEY}-${SET}`;
  value(store.putRecord("sets", `${KEY}-${SET}`, Buffer.from("x")));
  const newer = value(disk.readFile(absPath(path)));
  newer.writeUInt32LE(2, 8);
  disk.write(path, newer);
  assert.equal(codeOf(store.getRecord("sets", `${KEY}-${SET}`)), "record-newer");
  assert.equal(store.hasRecord("sets", `${KEY}-${SET}`), true);
});

test("a record over the limit is refused", () => {
  const store = openOn(new FakeDisk());
  assert.equal(codeOf(store.putRecord("entries", KEY, new Uint8Array(RECORD_BYTES_MAX + 1))), "record-too-large");
});

test("a store of a newer version is refused and left alone", () => {
  const disk = new FakeDisk({ [`${ROOT}/version`]: "2\n", [`${ROOT}/blobs/x`]: "" });
  const before = disk.changes.length;
  assert.equal(codeOf(openStore({ root: ROOT, disk, clock: disk.clock })), "store-newer");
  assert.equal(disk.changes.length, before);
});

test("a store of an older version is set aside and begun anew", () => {
  const disk = new FakeDisk({ [`${ROOT}/version`]: "0\n", [`${ROOT}/blobs/x`]: "", [`${ROOT}/old/y`]: "" });
  const store = openOn(disk);
  assert.equal(disk.text(`${ROOT}/version`), "1\n");
  assert.equal(store.stats().blobs, 0);
  assert.match(disk.list(ROOT) ?? "", /set-aside-/);
  value(store.clear());
  assert.equal(disk.list(ROOT), "\x08version\0");
});

test("a folder that holds anything else is not taken for a store", () => {
  for (const files of [{ [`${ROOT}/letters/one`]: "" }, { [`${ROOT}/version`]: "v1.2" }, { [`${ROOT}/version/x`]: "" }]) {
    const disk = new FakeDisk(files);
    assert.equal(codeOf(openStore({ root: ROOT, disk, clock: disk.clock })), "store-unrecognised");
    assert.deepEqual(disk.changes, []);
  }
});

test("a store whose version was lost when the machine stopped is opened again", () => {
  const disk = new FakeDisk({ [`${ROOT}/version`]: "", [`${ROOT}/blobs/x`]: "" });
  openOn(disk);
  assert.equal(disk.text(`${ROOT}/version`), "1\n");
});

test("a folder that cannot be written is a failure, not an exception", () => {
  const disk = new FakeDisk();
  disk.refuse = (call) => (call === "makeDirectory" ? "eacces" : null);
  assert.equal(codeOf(openStore({ root: ROOT, disk, clock: disk.clock })), "store-write-failed");
});

test("a store that is read-only still answers", () => {
  const disk = new FakeDisk();
  value(openOn(disk).putRecord("entries", KEY, Buffer.from("x")));
  disk.refuse = (call) => (["createFile", "copyFile", "rename", "makeDirectory", "ensureDirectory", "removeFile"].includes(call) ? "erofs" : null);
  const store = openOn(disk);
  assert.equal(value(store.getRecord("entries", KEY)).toString(), "x");
  assert.equal(codeOf(store.putBlob(Buffer.from("y"))), "store-write-failed");
});

test("stats count what is there; clear removes it and says how much; the store goes on", () => {
  const disk = new FakeDisk();
  const store = openOn(disk);
  const digest = value(store.putBlob(Buffer.from("12345")));
  value(store.putRecord("entries", KEY, Buffer.from("x")));
  const { blobs, entries, bytes, byKind } = store.stats();
  assert.deepEqual([blobs, entries, bytes], [1, 1, 5 + 57]);
  assert.deepEqual(byKind.get("entries"), { files: 1, bytes: 57 });
  assert.deepEqual(value(store.clear()), { removedBytes: 62 });
  assert.equal(store.hasBlob(digest), false);
  assert.equal(disk.list(ROOT), "\x08version\0");
  value(store.putBlob(Buffer.from("12345")));
  assert.equal(store.hasBlob(digest), true);
});

test("a store is cleared though somebody was underway into a folder that was moved away", () => {
  const disk = new FakeDisk(), store = openOn(disk), late: string[] = [];
  value(store.putBlob(Buffer.from("content")));
  disk.refuse = (call, path) => {
    if (call === "removeDirectory" && late.length === 0) {
      late.push(path);
      value(disk.createFile(absPath(`${path}/late`), Buffer.from("late"), 0o444));
    }
    return null;
  };
  value(store.clear());
  assert.match(late.join(), /\/removed-/);
  assert.doesNotMatch(disk.list(ROOT) ?? "", /removed-/);
});

test("a publication goes on when the store is cleared between staging and rename", () => {
  const disk = new FakeDisk();
  const [store, other] = [openOn(disk), openOn(disk)];
  let isCleared = false;
  disk.refuse = (call) => {
    if (call === "rename" && !isCleared) {
      isCleared = true;
      value(other.clear());
    }
    return null;
  };
  const digest = value(store.putBlob(Buffer.from("content")));
  assert.equal(value(store.getBlob(digest)).toString(), "content");
});
