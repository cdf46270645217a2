// The claims of checks.ts: what `fathom doctor` says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checksOf, parseProbes, type Found } from "./checks.ts";

const GOOD: Found = {
  kernel: "6.1.0",
  nodeVersion: "v20.19.0",
  compiler: "cc 12.2.0",
  probes: [{ name: "seccomp-notification", works: true, detail: "" }],
  probeFailure: "",
  yama: "1",
  store: { folder: "/home/u/.cache/fathom", freeBytes: 5_000_000_000, canClone: true },
  isStoreOnWorkspaceDisk: true,
  switches: { apparmorRestricts: null, unprivilegedClone: null, userNamespacesMax: "15000" },
};

const missing = (found: Found): readonly string[] => checksOf(found).filter((check) => !check.works).map((check) => check.name);

test("a machine that allows everything has no cost to name", () => {
  assert.deepEqual(missing(GOOD), []);
  assert.ok(checksOf(GOOD).every((check) => check.cost === undefined));
});

test("every missing thing has a cost", () => {
  const bare: Found = {
    ...GOOD,
    compiler: null,
    probes: null,
    probeFailure: "it is not built",
    yama: "3",
    store: { folder: "/s", freeBytes: 10, canClone: false },
    isStoreOnWorkspaceDisk: false,
  };
  assert.deepEqual(missing(bare), ["native-part", "yama", "store-space", "store-clone", "store-disk", "compiler"]);
  assert.ok(checksOf(bare).every((check) => check.works || (check.cost ?? "") !== ""));
});

test("without a place for the store nothing is cached", () => {
  assert.deepEqual(missing({ ...GOOD, store: "Cannot keep a store", isStoreOnWorkspaceDisk: false }), ["store"]);
});

test("a refused seccomp notification means that nothing is cached", () => {
  const found = { ...GOOD, probes: [{ name: "seccomp-notification", works: false, detail: "EACCES" }] };
  const check = checksOf(found).find(({ works }) => !works);
  assert.equal(check?.text, "The kernel does not hand system calls to an observer: EACCES");
  assert.equal(check.cost, "Commands run untracked: nothing is cached");
});

test("what is not a list of probes is not guessed at", () => {
  assert.deepEqual(parseProbes('{"name":"a","works":true,"detail":"b"}\n'), [{ name: "a", works: true, detail: "b" }]);
  assert.equal(parseProbes("fathom: unknown option\n"), null);
  assert.equal(parseProbes('{"name":"a","works":"yes","detail":"b"}\n'), null);
});

test("a probe of a later supervisor is shown as it is", () => {
  const found = { ...GOOD, probes: [{ name: "time-travel", works: true, detail: "" }] };
  assert.ok(checksOf(found).some((check) => check.text === "time-travel: works"));
});
