// What is known about programs, variables and units, by example.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import { Environment, isReadByLibc, isVolatile } from "./environment.ts";
import { ABSENT } from "./facts.ts";
import { isNeverStored, worthOf, type Candidate } from "./policy.ts";
import { COMPARATORS, isIgnoredState, isListed, OVERWRITERS, TIME_READERS, withoutIgnored } from "./programs.ts";
import { Roots } from "./roots.ts";

const roots = new Roots(absPath("/home/ann/work"), absPath("/home/ann"), absPath("/tmp"));
const environment = (...variables: string[]): Environment => new Environment(variables, roots);

test("programs are known by name, whatever their version or target", () => {
  assert.ok(isListed(COMPARATORS, "/usr/bin/make") && isListed(COMPARATORS, "/opt/ninja-1.12"));
  assert.ok(isListed(TIME_READERS, "/bin/busybox") && isListed(TIME_READERS, "/usr/bin/["));
  for (const compiler of ["gcc-12", "x86_64-linux-gnu-gcc-12", "clang++-18", "arm-none-eabi-as", "aarch64-linux-gnu-ld.bfd"]) {
    assert.ok(isListed(OVERWRITERS, `/usr/bin/${compiler}`), compiler);
  }
  for (const other of ["makedepend", "gcc-ar", "cmake", "as-is", "python3.12"]) {
    assert.ok(!isListed(COMPARATORS, other) && !isListed(OVERWRITERS, other), other);
  }
});

test("state that only its tool knows is ignored, its neighbours are not", () => {
  for (const token of ["\x01H/.npm/_logs/2026.log", "\x01W/.fathom/runs", "/proc/self/fd/3", "/proc/412/stat", "/dev/null", "/sys/fs/cgroup/cpu.max"]) {
    assert.ok(isIgnoredState(token), token);
  }
  for (const token of ["\x01H/.npm/_cacache/x", "\x01W/_logs/x", "\x01W/.fathom.json", "/proc/net/tcp", "/dev/sda", "/sys/class/net"]) {
    assert.ok(!isIgnoredState(token), token);
  }
});

test("a name of ignored state in a directory is no part of its listing", () => {
  const names = "\x04.bin\0\x04.vite-temp\0\x04vite\0";
  assert.equal(withoutIgnored("\x01W/app/node_modules", names), "\x04.bin\0\x04vite\0");
  assert.equal(withoutIgnored("\x01W/app", names), names);
  assert.ok(isIgnoredState("\x01W/node_modules/.vite-temp/vite.config.ts.timestamp-1-2.mjs"));
});

test("volatile variables name a session, libc's are read without being asked for", () => {
  for (const name of ["_", "SHLVL", "SSH_TTY", "FATHOM_STORE", "TMUX_PANE"]) assert.ok(isVolatile(name), name);
  for (const name of ["PATH", "CC", "HOME", "_X", "GITHUB_SHA"]) assert.ok(!isVolatile(name), name);
  for (const name of ["LC_ALL", "LD_LIBRARY_PATH", "TZ", "PATH"]) assert.ok(isReadByLibc(name), name);
});

test("the number of jobs is no difference, other flags of make are", () => {
  const flags = (value: string) => environment(`MAKEFLAGS=${value}`).variable("MAKEFLAGS");
  assert.equal(flags(" -j4 --jobserver-auth=fifo:/tmp/GMfifo1"), flags(""));
  assert.equal(flags("ks -j2 --jobserver-fds=3,4"), flags("ks"));
  assert.notEqual(flags("k"), flags(""));
});

test("our library in LD_PRELOAD is no difference, theirs is", () => {
  const preload = (...variables: string[]) => environment(...variables).variable("LD_PRELOAD");
  assert.equal(preload("LD_PRELOAD=/opt/fathom/prebuilds/linux-x64/libfathom-guest.so"), ABSENT);
  assert.equal(preload("LD_PRELOAD=/usr/lib/libfathom.so:/usr/lib/libfaketime.so"), preload("LD_PRELOAD=/usr/lib/libfaketime.so"));
  assert.notEqual(preload("LD_PRELOAD=/usr/lib/libfaketime.so"), ABSENT);
});

test("the first of two variables with one name counts, and order does not", () => {
  assert.equal(environment("A=1", "A=2").variable("A"), environment("A=1").variable("A"));
  assert.equal(environment("A=1", "B=2").all(), environment("B=2", "A=1", "_=x").all());
});

const UNIT: Candidate = { program: absPath("/usr/bin/cc"), argv: ["cc", "-c", "a.c"], cwd: absPath("/home/ann/work"), cpuNs: 50_000_000n, exitCode: 0, isAskedAbout: false };

test("a unit is stored when it succeeded, took time, and can come back", () => {
  const worth = (change: Partial<Candidate>) => {
    const found = worthOf({ ...UNIT, ...change }, roots);
    return found.kind === "store" ? "store" : found.reason;
  };
  assert.equal(worth({}), "store");
  assert.equal(worth({ program: absPath("/usr/bin/make") }), "comparator");
  assert.equal(worth({ exitCode: 1 }), "failed");
  assert.equal(worth({ argv: ["as", "-o", "a.o", "/tmp/ccXYZ.s"] }), "temporary-name");
  assert.equal(worth({ argv: ["cc1", "--out=/tmp/ccXYZ.s"] }), "temporary-name");
  assert.equal(worth({ cwd: absPath("/tmp/build.x") }), "temporary-name");
  assert.equal(worth({ argv: ["cc", "-fdebug-prefix-map=/tmp=."] }), "store");
  assert.equal(worth({ cpuNs: 1_000_000n }), "trivial");
  assert.equal(worth({ cpuNs: 1_000_000n, isAskedAbout: true }), "store", "asking about it costs each time");
  assert.ok(isNeverStored({ ...UNIT, program: absPath("/usr/bin/ninja") }, roots) && !isNeverStored(UNIT, roots));
});

test("a workspace below the temporary directory is no temporary name", () => {
  const below = new Roots(absPath("/tmp/test-1/work"), absPath("/root"), absPath("/tmp"));
  assert.equal(worthOf({ ...UNIT, cwd: absPath("/tmp/test-1/work/src"), argv: ["cc", "/tmp/test-1/work/a.c"] }, below).kind, "store");
});
