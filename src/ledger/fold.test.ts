// Units within units, replayed ones, programs, and every doubt.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import { carry, contextOf, dir, doubtCodes, facts, FakeWorld, file, fileSig, fold, link, linkSig, madeDir, missing, opened, removed, renamed, start, stated, wrote, type Said, type Story } from "./fake.ts";
import { foldUnit, type CarriedImage } from "./fold.ts";
import { FLAGS } from "./layout.ts";

const child = (image: number, seq: number, records: readonly Said[], world = {}) => fold({ start: { image, parent: 1, seq }, records, world, end: { exitSeq: seq + 50 } });

test("a program and every interpreter before it are facts", () => {
  const world = { "/bin/run": link("../opt/run"), "/opt/run": file(1), "/usr/bin/env": file(2), "/lib/ld.so": file(3) };
  const interpreters = { "/opt/run": "/usr/bin/env", "/usr/bin/env": "/lib/ld.so" };
  const unit = fold({ start: { path: "/bin/run" }, world, interpreters, records: [] });
  assert.deepEqual(facts(unit), ["link /bin/run -> ../opt/run", "content /lib/ld.so", "content /opt/run", "content /usr/bin/env"]);
});

test("what only the kernel knows how to start is a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ start: { path: "/bin/a" }, world: { "/bin/a": file(1) }, interpreters: { "/bin/a": "unknown" }, records: [] })), ["foreign-program"]);
});

test("interpreters that name each other are followed as far as the kernel does", () => {
  const world = { "/bin/a": file(1), "/bin/b": file(2) };
  assert.deepEqual(facts(fold({ start: { path: "/bin/a" }, world, interpreters: { "/bin/a": "/bin/b", "/bin/b": "/bin/a" }, records: [] })), ["content /bin/a", "content /bin/b"]);
});

test("a unit comes to the same whether the images below it were folded or only carried", () => {
  const world = { "/w/a.c": file(1), "/w/a.h": file(2), "/w/l.h": link("a.h"), "/w/a.o": file(3), "/bin/as": link("tool-2"), "/bin/tool-2": file(4), "/lib/ld.so": file(5) };
  const interpreters = { "/bin/tool-2": "/lib/ld.so" };
  const compile: Story = { start: { image: 2, parent: 1, seq: 10, env: ["A=1"] }, world, interpreters, records: [missing("/w/x/a.h"), opened("/w/l.h", 2), wrote("/w/a.s", null), { kind: "env", name: "A" }] };
  const assemble: Story = { start: { image: 3, parent: 1, seq: 100, path: "/bin/as" }, world, interpreters, records: [opened("/w/a.s", 9), wrote("/w/a.o", null), { kind: "stream-wrote", fd: 1, dev: 9n, ino: 11n, bytes: "done" }] };
  const unit = (make: (story: Story) => CarriedImage) => fold({
    world, interpreters, start: { env: ["A=1"] }, end: { exitSeq: 900 }, records: [stated("/w/a.c", 1), { ...removed("/w/a.s", fileSig(9)), seq: 500 }],
    children: [compile, assemble].map((story) => make({ ...story, end: { exitSeq: 400 } })),
  });
  const [folded, carried] = [unit(fold), unit(carry)];
  assert.deepEqual(carried.footprint, folded.footprint);
  assert.deepEqual(facts(carried), ["link /bin/as -> tool-2", "content /bin/tool-2", "content /lib/ld.so", "content /w/a.c", "content /w/a.h", "link /w/l.h -> a.h", "missing /w/x"]);
  assert.deepEqual(doubtCodes(carried), []);
});

test("a program that was changed after its image started is a doubt for the unit around it", () => {
  const changed = carry({ start: { image: 2, parent: 1, seq: 10, startedNs: 5n }, end: { exitSeq: 60 }, records: [] });
  assert.deepEqual(doubtCodes(fold({ records: [], children: [changed] })), ["program-changed"]);
});

test("a program that the unit made is no fact", () => {
  const world = { "/w/a.out": file(5) };
  const inner = fold({ start: { image: 2, parent: 1, seq: 10, path: "/w/a.out" }, world, records: [] });
  assert.deepEqual(facts(inner), ["content /w/a.out"]);
  assert.deepEqual(facts(fold({ world, records: [wrote("/w/a.out", null)], children: [inner] })), []);
});

test("a program that is gone is a doubt, unless the unit made and removed it", () => {
  const inner = fold({ start: { image: 2, parent: 1, seq: 10, path: "/w/a.out" }, world: { "/w": dir() }, records: [] });
  assert.deepEqual(doubtCodes(inner), ["program-gone"]);
  const records = [wrote("/w/a.out", null), { ...removed("/w/a.out", fileSig(5)), seq: 100 }];
  assert.deepEqual(doubtCodes(fold({ world: { "/w": dir() }, records, children: [inner] })), []);
});

test("a program that was changed after its image started is a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ start: { startedNs: 5n }, records: [] })), ["program-changed"]);
});

test("what one child wrote and another read is no fact of the unit", () => {
  const world = { "/w/o": file(1), "/w/c": file(2) };
  const writer = child(2, 10, [opened("/w/c", 2), wrote("/w/o", null)], world);
  const reader = child(3, 100, [opened("/w/o", 1)], world);
  const unit = fold({ world, records: [], children: [writer, reader] });
  assert.deepEqual(facts(reader), ["content /w/o"]);
  assert.deepEqual(facts(unit), ["content /w/c"]);
  assert.deepEqual(unit.footprint.touched, ["/w/o"]);
});

test("the order of the run decides between children, not the order in which they are given", () => {
  const world = { "/w/o": file(1) };
  const writer = child(2, 100, [wrote("/w/o", 9)], world);
  const reader = child(3, 10, [opened("/w/o", 9)], world);
  assert.deepEqual(facts(fold({ world, records: [], children: [writer, reader] })), ["content /w/o"]);
});

test("a link that a parent made for its child is no fact of the parent", () => {
  const inner = child(2, 10, [opened("/w/l/a", 1)], { "/w/l": link("d"), "/w/d/a": file(1) });
  const records = [{ kind: "made-link", path: "/w/l", target: "d" } as const, { ...removed("/w/l", linkSig(800)), seq: 100 }];
  const unit = fold({ world: { "/w/d/a": file(1) }, records, children: [inner] });
  assert.deepEqual(facts(inner), ["content /w/d/a", "link /w/l -> d"]);
  assert.deepEqual(facts(unit), ["content /w/d/a", "missing /w/l"]);
  assert.deepEqual(unit.footprint.touched, []);
});

test("what a child read below a directory that the parent then moves is a fact below the old name", () => {
  const inner = child(2, 10, [opened("/w/old/a", 1)], { "/w/old/a": file(1) });
  const move = { ...renamed("/w/old", "/w/new", dir().signature), seq: 100 };
  const unit = fold({ world: { "/w/new/a": file(1) }, records: [move], children: [inner] });
  assert.deepEqual(facts(unit), ["type /w/old directory", "content /w/old/a"]);
});

test("a doubt that a child could not settle is settled by a parent that knows more", () => {
  const inner = child(2, 10, [opened("/w/l/a", 1), removed("/w/l", linkSig(8))], { "/w/d/a": file(1) });
  const unit = fold({ world: { "/w/d/a": file(1) }, records: [{ kind: "made-link", path: "/w/l", target: "d" }], children: [inner] });
  assert.deepEqual(doubtCodes(inner), ["path-unknown"]);
  assert.deepEqual(doubtCodes(unit), []);
  assert.deepEqual(facts(unit), ["content /w/d/a", "missing /w/l"]);
});

test("a replayed child counts as if it had run at its place", () => {
  const footprint = {
    observations: [
      { kind: "content", path: absPath("/w/c"), signature: fileSig(2), timed: false, isRead: true },
      { kind: "missing", path: absPath("/w/o") },
    ],
    environment: { kind: "names", names: ["A", "B"] },
    moves: [],
    touched: [absPath("/w/o")], created: [], folders: [],
    output: [{ stream: 1, bytes: Buffer.from("hi") }],
  } as const;
  const context = contextOf(new FakeWorld({ "/bin/tool": file(77), "/w/c": file(2), "/w/o": file(3) }));
  const replayed = foldUnit({ kind: "replayed", start: start({ image: 2, parent: 1, seq: 10, env: ["A=1", "B=2"] }), footprint, exitCode: 0 }, [], context);
  const records = [{ ...opened("/w/o", 3), seq: 20 }, { kind: "stream-wrote", dev: 9n, ino: 11n, fd: 1, bytes: "!", seq: 30 } as const];
  const unit = fold({ context, start: { env: ["A=1", "B=other"] }, records, children: [replayed] });
  assert.deepEqual(facts(unit), ["content /w/c", "missing /w/o"]);
  assert.deepEqual(unit.footprint.touched, ["/w/o"]);
  assert.deepEqual(unit.footprint.environment, { kind: "names", names: ["A"] });
  assert.deepEqual(unit.footprint.output.map((chunk) => chunk.bytes.toString()), ["hi!"]);
});

test("what was missing before a replayed child made it is missing", () => {
  const footprint = { observations: [], environment: { kind: "names", names: [] }, moves: [], touched: [absPath("/w/o")], created: [], folders: [], output: [] } as const;
  const context = contextOf(new FakeWorld({ "/bin/tool": file(77), "/w/o": file(3) }));
  const replayed = foldUnit({ kind: "replayed", start: start({ image: 2, parent: 1, seq: 10 }), footprint, exitCode: 0 }, [], context);
  const before = fold({ context, records: [missing("/w/o")], children: [replayed] });
  assert.deepEqual(facts(before), ["missing /w/o"]);
  assert.deepEqual(before.footprint.touched, ["/w/o"]);
  const removedFirst = fold({ context, records: [stated("/w/o", 2), removed("/w/o", fileSig(2))], children: [replayed] });
  assert.deepEqual(facts(removedFirst), ["type /w/o file"]);
  assert.deepEqual(removedFirst.footprint.touched, ["/w/o"]);
});

test("a reason that a process gave is a doubt with its program, in every unit around it", () => {
  const inner = fold({ start: { image: 2, parent: 1, seq: 10, path: "/bin/net" }, world: { "/bin/net": file(4) }, records: [{ kind: "doubt", reason: 1, detail: "" }] });
  assert.deepEqual(fold({ records: [], children: [inner] }).footprint.doubts, [{ code: "network", program: "net", detail: "it used the network" }]);
});

test("a reason that this version does not know is a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ records: [{ kind: "doubt", reason: 4000, detail: "" }] })), ["unknown-reason"]);
});

test("a unit with an incomplete ledger in it is in doubt", () => {
  assert.deepEqual(doubtCodes(fold({ records: [], end: { flags: 1 } })), ["incomplete"]);
  const context = contextOf(new FakeWorld({ "/bin/tool": file(77) }));
  const unit = foldUnit({ kind: "ran", start: start(), end: { image: 1, how: 0, code: 0, successor: 0, exitSeq: 9, cpuNs: 0, flags: 0 }, records: [], seqs: [], isIncomplete: true }, [], context);
  assert.deepEqual(doubtCodes(unit), ["incomplete"]);
});

test("a unit in which a process was killed is in doubt", () => {
  const inner = fold({ start: { image: 2, parent: 1, seq: 10 }, records: [], end: { how: 1, code: 9 } });
  assert.deepEqual(doubtCodes(inner), ["killed"]);
  assert.deepEqual(doubtCodes(fold({ records: [], children: [inner] })), ["killed"]);
});

test("an end that nobody saw is a doubt", () => {
  assert.deepEqual(doubtCodes(fold({ records: [], end: { how: 3 } })), ["unknown-end"]);
});

test("a process that outlives the root is a doubt for that unit", () => {
  const late = fold({ start: { image: 3, parent: 2, seq: 20 }, records: [], end: { exitSeq: 500 } });
  const inner = fold({ start: { image: 2, parent: 1, seq: 10 }, records: [], end: { exitSeq: 100 }, children: [late] });
  assert.deepEqual(doubtCodes(inner), ["left-running"]);
  assert.deepEqual(doubtCodes(fold({ records: [], children: [inner], end: { exitSeq: 900 } })), []);
});

test("a unit that still runs is in doubt", () => {
  assert.deepEqual(doubtCodes(fold({ records: [], end: null })), ["left-running"]);
});

test("a root that becomes another program ends as that program does", () => {
  const successor = fold({ start: { image: 2, parent: 1, seq: 10 }, records: [], end: { code: 3, exitSeq: 300 } });
  const unit = fold({ records: [], children: [successor], end: { how: 2, successor: 2, exitSeq: 10 } });
  assert.deepEqual(unit.exit, { kind: "exited", code: 3, exitSeq: 300 });
  assert.deepEqual(doubtCodes(unit), []);
});

test("further open descriptors are a doubt for the unit that was started with them only", () => {
  const inner = fold({ start: { image: 2, parent: 1, seq: 10, inherited: ["3: pipe"] }, records: [] });
  assert.deepEqual(doubtCodes(inner), ["inherited-descriptor"]);
  assert.deepEqual(doubtCodes(fold({ records: [], children: [inner] })), []);
});

test("a unit with a program that decides by times is in doubt", () => {
  const inner = fold({ start: { image: 2, parent: 1, seq: 10, path: "/bin/make" }, world: { "/bin/make": file(4) }, records: [] });
  assert.deepEqual(fold({ records: [], children: [inner] }).footprint.doubts.map((doubt) => [doubt.code, doubt.program]), [["comparator", "make"]]);
});

test("a time reader in the unit makes a time a fact though another program read the content first", () => {
  const world = { "/w/a": file(1), "/bin/test": file(4) };
  const inner = fold({ start: { image: 2, parent: 1, seq: 10, path: "/bin/test" }, world, records: [stated("/w/a", 1)] });
  assert.deepEqual(facts(fold({ world, records: [opened("/w/a", 1)], children: [inner] })), ["content /bin/test", "timed /w/a"]);
});

test("a failed removal of a directory with something in it does not hide what is in it", () => {
  const unit = fold({ world: { "/w/d/a": file(1) }, records: [removed("/w/d", dir().signature, FLAGS.trapped), madeDir("/w/e"), missing("/w/d/b")] });
  assert.deepEqual(facts(unit), ["type /w/d directory", "missing /w/d/b", "missing /w/e"]);
});
