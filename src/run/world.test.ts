// A fold sees the disk as it is, however few questions it takes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import { CLOCK_TICK_NS_MAX } from "../base/limits.ts";
import { DiskWorld } from "./world.ts";

const HEADERS = absPath("/w/include");
const NAMES = Array.from({ length: 40 }, (_, at) => `none-${at}.h`);

function world(disk: FakeDisk, outsideWrites: () => number = () => 0): DiskWorld {
  return new DiskWorld(disk, disk.clock, [absPath("/w")], outsideWrites);
}

function disk(): FakeDisk {
  const made = new FakeDisk({ "/w/include/a.h": "a", "/w/include/b.h": "b", "/usr/include/c.h": "c" });
  made.clock.advance(2n * CLOCK_TICK_NS_MAX);
  return made;
}

/** What one fold finds of all of them. */
function askFor(names: readonly string[], of: DiskWorld, directory = HEADERS): (string | null)[] {
  of.begin();
  return names.map((name) => of.directory(directory).lookup(name)?.type ?? null);
}

test("a directory in which many names are looked for is listed, and asked once a fold whether it is as it was", () => {
  const here = disk();
  const seen = world(here);
  assert.deepEqual(askFor([...NAMES, "a.h"], seen), [...NAMES.map(() => null), "file"]);
  here.looks.length = 0;
  assert.deepEqual(askFor(NAMES, seen), NAMES.map(() => null));
  assert.deepEqual(here.looks, [HEADERS]);
});

test("what starts a program is told by its head, and is unknown of what neither a script nor a program of this machine is", () => {
  const elf = (machine: string, rest: string): string => `\x7fELF\x02${"\0".repeat(13)}${machine}${"\0".repeat(12)}${rest}`;
  const [segment, loader] = [`\x03\0\0\0${"\0".repeat(4)}\x78${"\0".repeat(23)}\x0b${"\0".repeat(23)}`, "/lib/ld.so\0"];
  const table = `\x40${"\0".repeat(21)}\x38\0\x01${"\0".repeat(7)}${segment}`;
  const programs = {
    "#!/bin/sh -e\n": "/bin/sh", "#! /bin/env x": "/bin/env", "#!bin/relative\n": "unknown", "#!\n": "unknown", "text": "unknown", "": "unknown",
    [elf(">\0", "\0".repeat(32))]: null, [elf("\x28\0", "\0".repeat(32))]: "unknown", [elf(">\0", table + loader)]: "/lib/ld.so", [elf(">\0", table)]: "unknown",
  };
  for (const [content, expected] of Object.entries(programs)) {
    assert.equal(world(new FakeDisk({ "/w/program": content })).interpreter(absPath("/w/program")), expected, JSON.stringify(content));
  }
});

test("a name that appears between two folds is found, whatever was listed", () => {
  const here = disk();
  const seen = world(here);
  askFor(NAMES, seen);
  here.clock.advance(2n * CLOCK_TICK_NS_MAX);
  here.write("/w/include/none-3.h", "");
  here.clock.advance(2n * CLOCK_TICK_NS_MAX);
  const expected = NAMES.map((name) => (name === "none-3.h" ? "file" : null));
  for (let folds = 0; folds < 3; folds += 1) assert.deepEqual(askFor(NAMES, seen), expected);
});

test("a directory that was changed a moment ago is not believed to stay as it was listed", () => {
  const here = disk();
  here.tickNs = 0n; // What changes twice within a tick of the clock does not show it.
  const seen = world(here);
  here.write("/w/include/young.h", "");
  askFor(NAMES, seen);
  here.write("/w/include/none-3.h", "");
  assert.equal(askFor(NAMES, seen)[3], "file");
});

test("a directory on a network file system is asked for each name", () => {
  const here = disk();
  here.isRemote = true;
  const seen = world(here);
  askFor(NAMES, seen);
  here.looks.length = 0;
  askFor(NAMES, seen);
  assert.equal(here.looks.filter((path) => path !== HEADERS).length, NAMES.length);
});

test("what is outside the roots is asked once, until something was written there", () => {
  const here = disk();
  let writes = 0;
  const seen = world(here, () => writes);
  const system = absPath("/usr/include");
  askFor(["c.h", "d.h"], seen, system);
  here.looks.length = 0;
  assert.deepEqual(askFor(["c.h", "d.h"], seen, system), ["file", null]);
  assert.deepEqual(here.looks, []);
  here.write("/usr/include/d.h", "d");
  writes += 1;
  assert.deepEqual(askFor(["c.h", "d.h"], seen, system), ["file", "file"]);
});

test("the folder around a root is asked anew for each fold, because the root is in it", () => {
  const here = new FakeDisk({ "/home/me/w/a": "" });
  const seen = new DiskWorld(here, here.clock, [absPath("/home/me/w")], () => 0);
  assert.deepEqual(askFor(["x"], seen, absPath("/home/me")), [null]);
  here.write("/home/me/x", "");
  assert.deepEqual(askFor(["x"], seen, absPath("/home/me")), ["file"]);
});

test("one string for a path in every fold", () => {
  const seen = world(disk());
  const first = seen.directory(HEADERS).pathOf("a.h");
  assert.equal(first, "/w/include/a.h");
  seen.begin();
  assert.equal(seen.directory(HEADERS).pathOf("a.h"), first);
  assert.equal(seen.directory(absPath("/")).pathOf("usr"), "/usr");
});

test("a path outside the roots is steady as long as nobody wrote outside, unless it leads into one of them", () => {
  let writes = 0;
  const here = disk();
  for (const [at, target] of [["/usr/into", "/w/include"], ["/usr/up", "../w"], ["/usr/other", "include/c.h"], ["/usr/loop", "loop"]] as const) here.symlink(target, absPath(at));
  const seen = world(here, () => writes);
  seen.begin();
  const steady = ["/usr/include/c.h", "/usr/none/x", "/usr/other", "/w/../usr/none"];
  const others = ["/w/include/a.h", "/w", "/usr/into/a.h", "/usr/up/include", "/usr/loop/x", "/proc/self/exe", "relative"];
  assert.deepEqual([...steady, ...others].filter((path) => seen.isSteady(path)), ["/usr/include/c.h", "/usr/none/x", "/usr/other"]);
  writes = 1;
  assert.equal(seen.isSteady("/usr/include/c.h"), true, "what the fold is about was done before");
  seen.begin();
  assert.equal(seen.isSteady("/usr/include/c.h"), false);
});
