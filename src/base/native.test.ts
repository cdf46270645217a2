// The calls of the addon that no Disk uses, and what they say to misuse.

import assert from "node:assert/strict";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { createSha256 } from "./digest.ts";
import { native, type Native } from "./native.ts";

const folder = mkdtempSync(`${tmpdir()}/fathom-native-`);
after(() => { rmSync(folder, { recursive: true, force: true }); });

const found = native();
assert.ok(found.ok, JSON.stringify(found));
const addon: Native = found.value;

test("every misuse is a TypeError", () => {
  const misuses: (() => unknown)[] = [
    () => addon.list("/a\0b"),
    () => addon.list("/\u0400"),
    () => addon.list(""),
    () => addon.signatures(Buffer.from("/no-end")),
    () => addon.statesBelow("/x", Buffer.from("no-end")),
    () => addon.poll(-1, 0),
    () => addon.poll(0, -2),
    () => addon.poll(0.5, 0),
    () => addon.readInto(0, Buffer.alloc(3), 2, 2),
    () => addon.preadInto(0, Buffer.alloc(3), 0, 3, -1),
    () => addon.writeAll(1, Buffer.alloc(3), 4, 0),
    () => addon.setModified("/x", 2n ** 70n),
    () => addon.copyFile("/x", "/y", 0o10000),
    () => addon.rename("/x", "/y", 4),
    () => addon.openTerminal(0, 24),
    () => addon.sizeTerminal(0, 80, 70_000),
    // A string where bytes belong, and too few arguments, as untyped code would give them.
    // eslint-disable-next-line @typescript-eslint/unbound-method -- Reflect.apply hands in what "this" is.
    (): unknown => Reflect.apply(addon.signatures, addon, ["/x"]),
    // eslint-disable-next-line @typescript-eslint/unbound-method -- The same.
    (): unknown => Reflect.apply(addon.list, addon, []),
    // eslint-disable-next-line @typescript-eslint/unbound-method -- The same.
    (): unknown => Reflect.apply(addon.sha256, addon, [new Uint16Array(2)]),
  ];
  for (const misuse of misuses) assert.throws(misuse, TypeError);
});

test("a digest is Node's own", () => {
  for (const length of [0, 1, 55, 56, 64, 1000, 100_000]) {
    const bytes = Buffer.alloc(length, "fathom");
    assert.deepEqual(addon.sha256(bytes), createSha256().update(bytes).digest(), String(length));
  }
});

test("a path that is too long is the kernel's failure, not a misuse", () => {
  assert.equal(addon.list(`/${"x".repeat(5000)}`), -36);
  assert.equal(addon.signatures(Buffer.from(`/${"x".repeat(5000)}\0`)).readInt32LE(48), 36);
});

test("a parent directory that leaves its root by a link is seen", () => {
  mkdirSync(`${folder}/root/in`, { recursive: true });
  symlinkSync("..", `${folder}/root/out`);
  symlinkSync("in", `${folder}/root/alias`);
  symlinkSync("/etc", `${folder}/root/etc`);
  const within = (relative: string): number => addon.resolvesWithin(`${folder}/root`, relative);
  assert.deepEqual(["f", "in/f", "alias/f", "in/../f"].map(within), [1, 1, 1, 1]);
  assert.deepEqual(["out/f", "../f", "etc/passwd", "/etc/passwd", "..", "in/..", "in/"].map(within), [0, 0, 0, 0, 0, 0, 0]);
  assert.equal(within("none/f"), -2);
});

test("a file is read at a position without moving, then in order until its end", () => {
  writeFileSync(`${folder}/text`, "0123456789");
  const fd = openSync(`${folder}/text`, "r");
  const into = Buffer.alloc(8, ".");
  assert.equal(addon.preadInto(fd, into, 1, 3, 5), 3);
  assert.equal(into.toString(), ".567....");
  assert.equal(addon.poll(fd, 0), 1);
  assert.equal(addon.readInto(fd, into, 0, 8), 8);
  assert.equal(addon.readInto(fd, into, 0, 8), 2);
  assert.equal(addon.readInto(fd, into, 0, 8), 0);
  closeSync(fd);
  assert.equal(addon.readInto(fd, into, 0, 8), -9);
  assert.equal(addon.poll(fd, 0), -9);
});

test("all bytes are written", () => {
  const fd = openSync(`${folder}/out`, "w");
  assert.equal(addon.writeAll(fd, Buffer.from("xhellox"), 1, 5), 5);
  closeSync(fd);
  assert.equal(readFileSync(`${folder}/out`, "utf8"), "hello");
});

test("two names are exchanged, and a name that is taken is respected", () => {
  writeFileSync(`${folder}/a`, "a");
  writeFileSync(`${folder}/b`, "b");
  assert.equal(addon.rename(`${folder}/a`, `${folder}/b`, 2), 0);
  assert.equal(readFileSync(`${folder}/a`, "utf8"), "b");
  assert.equal(addon.rename(`${folder}/a`, `${folder}/b`, 1), -17);
});

test("all names below a directory come in one call, each with its state and target, parents first, and nothing of what is left out", () => {
  const root = `${folder}/below`;
  for (let which = 0; which < 300; which++) mkdirSync(`${root}/d${String(which)}/e`, { recursive: true });
  for (let which = 0; which < 300; which++) writeFileSync(`${root}/d${String(which)}/e/f`, String(which));
  symlinkSync("d1/e", `${root}/link`);
  mkdirSync(`${root}/out/in`, { recursive: true });
  const states = addon.statesBelow(root, Buffer.from("out\0d3/e\0"));
  assert.ok(typeof states !== "number");
  const found = new Map<string, { readonly target: string; readonly state: string }>();
  for (let at = 0; at < states.length;) {
    const pathEnd = states.indexOf(0, at), targetEnd = states.indexOf(0, pathEnd + 1);
    found.set(states.toString("latin1", at, pathEnd), { target: states.toString("latin1", pathEnd + 1, targetEnd), state: states.toString("latin1", targetEnd + 1, targetEnd + 49) });
    at = targetEnd + 49;
  }
  const names = [...found.keys()];
  assert.equal(names.length, 300 * 3 - 2 + 1);
  for (const name of names) if (name.includes("/")) assert.ok(names.indexOf(name.slice(0, name.lastIndexOf("/"))) < names.indexOf(name), name);
  const looked = addon.signatures(Buffer.from(names.map((name) => `${root}/${name}\0`).join("")));
  for (const [index, name] of names.entries()) assert.equal(found.get(name)?.state, looked.toString("latin1", index * 52, index * 52 + 48), name);
  assert.deepEqual([found.get("link")?.target, found.get("d1")?.target], ["d1/e", ""]);
  assert.equal(addon.statesBelow(`${root}/none`, Buffer.alloc(0)), -2);
  assert.equal(addon.statesBelow(`${root}/link`, Buffer.alloc(0)), -20);
});
