// What a replay leaves behind: what the command would have.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../base/digest.ts";
import { identityOf, linkCountOf, mtimeNsOf, permissionsOf } from "../base/signature.ts";
import { audit } from "./audit.ts";
import { FAKE_IMAGE, FakeRun, must, WORKSPACE, type FakeUnit } from "./fake-unit.ts";
import { decodeOutput } from "./output.ts";

const SOURCES = { "a.c": "int a;" };

function build(unit: FakeUnit): void {
  const source = unit.reads("a.c");
  unit.writes("a.o", `object of ${source}`);
  unit.writes("tool", "#!", 0o755);
  unit.says(1, "compiled ");
  unit.says(1, "a.c\n");
  unit.says(2, "warning\n");
}

function isChange(change: string): boolean {
  return !change.includes("/cache/store");
}

test("outputs that are in place are not touched", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  run.restart();
  run.replay();
  run.restart();
  run.disk.changes.length = 0;
  run.disk.reads.length = 0;
  const replayed = run.replay();
  assert.deepEqual(run.disk.changes, []);
  assert.deepEqual(run.disk.reads.filter((path) => path.startsWith(WORKSPACE)), []);
  assert.deepEqual(replayed.written, []);
  assert.deepEqual(replayed.touched, [`${WORKSPACE}/a.o`, `${WORKSPACE}/tool`]);
});

test("a store that is emptied while a unit is replayed stays sound", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  run.store.remove("witnesses", run.store.files("witnesses"));
  run.restart();
  const replayed = must(run.tryReplay());
  assert.ok(run.store.clear().ok);
  replayed.remember(() => null);
  assert.deepEqual(audit(run.store, () => undefined).findings, []);
});

for (const [what, spoil] of Object.entries({
  deleted: (run: FakeRun) => { run.remove("a.o"); },
  truncated: (run: FakeRun) => { run.write("a.o", ""); },
  edited: (run: FakeRun) => { run.write("a.o", "OBJECT of int a;"); },
})) {
  test(`an output that was ${what} is restored`, () => {
    const run = new FakeRun(SOURCES);
    run.stored(build);
    spoil(run);
    run.restart();
    const replayed = run.replay();
    assert.equal(run.text("a.o"), "object of int a;");
    assert.equal(run.text("a.c"), "int a;");
    assert.ok(replayed.written.some(({ path, signature }) => path === run.path("a.o") && signature === run.signature("a.o")));
  });
}

for (const [what, spoil] of Object.entries({
  link: (run: FakeRun) => must(run.disk.symlink("a.c", run.path("a.o"))),
  directory: (run: FakeRun) => must(run.disk.makeDirectory(run.path("a.o"), 0o755)),
})) {
  test(`a ${what} in the place of an output that the unit never asked about is left alone: the command decides`, () => {
    const run = new FakeRun(SOURCES);
    run.stored(build);
    run.remove("a.o");
    spoil(run);
    run.restart();
    const replayed = run.tryReplay();
    assert.equal(replayed.ok ? "replayed" : replayed.failure.code, "replay-in-the-way");
    assert.equal(run.text("a.c"), "int a;");
  });
}

test("a directory with something in it is not removed for a file; the replay fails and changes nothing", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  run.remove("a.o");
  run.write("a.o/mine", "precious");
  const failed = run.tryReplay();
  assert.equal(failed.ok, false);
  assert.equal(run.text("a.o/mine"), "precious");
});

test("a link on the way to an output is not followed", () => {
  const run = new FakeRun({ ...SOURCES, "/home/ann/elsewhere/x": "mine" });
  must(run.disk.makeDirectory(run.path("out"), 0o755));
  run.stored((unit) => {
    unit.reads("a.c");
    unit.writes("out/x", "theirs");
  });
  run.remove("out");
  must(run.disk.symlink("/home/ann/elsewhere", run.path("out")));
  const failed = run.tryReplay();
  assert.equal(!failed.ok && failed.failure.code, "replay-in-the-way");
  assert.equal(run.text("/home/ann/elsewhere/x"), "mine");
});

test("permissions are restored where the program replaces its outputs", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.programs = ["/usr/bin/ld"];
    build(unit);
  });
  must(run.disk.setPermissions(run.path("tool"), 0o644));
  run.restart();
  run.replay();
  assert.equal(permissionsOf(run.signature("tool")), 0o755);
});

test("permissions that a truncating program would have kept are for the command to keep", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  must(run.disk.setPermissions(run.path("tool"), 0o700));
  run.restart();
  const replayed = run.tryReplay();
  assert.equal(replayed.ok ? "replayed" : replayed.failure.code, "replay-permissions");
  assert.equal(permissionsOf(run.signature("tool")), 0o700);
});

test("what a program that compares times has asked for is renewed, in place or not", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  run.restart();
  const before = mtimeNsOf(run.signature("a.o"));
  must(run.tryReplay(true));
  assert.ok(mtimeNsOf(run.signature("a.o")) > before);
});

test("links, hard links and empty directories are restored", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.reads("a.c");
    unit.makesDirectory("out");
    unit.makesDirectory("out/empty", 0o700);
    unit.writes("out/one", "same");
    unit.linksTo("out/one", "out/two");
    unit.makesLink("out/latest", "one");
    unit.makesLink("out/absolute", `${WORKSPACE}/a.c`);
  });
  run.remove("out");
  run.replay();
  assert.equal(permissionsOf(run.signature("out/empty")), 0o700);
  assert.equal(identityOf(run.signature("out/one")), identityOf(run.signature("out/two")));
  assert.equal(linkCountOf(run.signature("out/one")), 2);
  assert.equal(run.disk.readLink(run.path("out/latest")), "one");
  assert.equal(run.disk.readLink(run.path("out/absolute")), `${WORKSPACE}/a.c`);
  const other = run.checkout("/home/ann/other");
  other.write("a.c", "int a;");
  other.replay();
  assert.equal(other.disk.readLink(other.path("out/absolute")), "/home/ann/other/a.c");
});

test("two outputs that became one file are made two again", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.writes("one", "same");
    unit.writes("two", "same");
  });
  run.remove("two");
  must(run.disk.link(run.path("one"), run.path("two")));
  run.restart();
  run.replay();
  assert.notEqual(identityOf(run.signature("one")), identityOf(run.signature("two")));
  assert.equal(run.text("two"), "same");
});

test("a deletion is repeated", () => {
  const run = new FakeRun({ ...SOURCES, "old.o": "x" });
  run.stored((unit) => { unit.removes("old.o"); });
  run.write("old.o", "another old one");
  const replayed = run.replay();
  assert.equal(run.text("old.o"), null);
  assert.deepEqual(replayed.removed, [run.path("old.o")]);
});

test("a directory that may not be written to gets its outputs, and keeps its permissions", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.makesDirectory("out");
    unit.writes("out/x", "x");
    unit.setsPermissions("out", 0o555);
  });
  run.remove("out");
  run.replay();
  assert.equal(run.text("out/x"), "x");
  assert.equal(permissionsOf(run.signature("out")), 0o555);
});

test("in a directory that may not be written to nothing is made, and over a file of somebody else nothing is written", () => {
  const run = new FakeRun(SOURCES);
  must(run.disk.makeDirectory(run.path("b"), 0o755));
  run.stored((unit) => { unit.writes("b/x", "x"); });
  run.write("b/x", "other");
  run.disk.owners.set(run.path("b/x"), "5:5");
  const over = run.tryReplay();
  assert.equal(!over.ok && over.failure.code, "replay-denied");
  run.remove("b/x");
  run.disk.owners.clear();
  must(run.disk.setPermissions(run.path("b"), 0o555));
  const into = run.tryReplay();
  assert.equal(!into.ok && into.failure.code, "replay-denied");
  assert.equal(permissionsOf(run.signature("b")), 0o555);
  must(run.disk.setPermissions(run.path("b"), 0o755));
  run.replay();
  assert.equal(run.text("b/x"), "x");
});

test("modification times keep their order and are not older than what was read", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.reads("a.c");
    unit.writes("z.d", "first");
    unit.writes("a.o", "second");
    unit.writes("m.o", "third");
  });
  for (const name of ["z.d", "a.o", "m.o"]) run.remove(name);
  run.write("a.c", "int a;");
  run.replay();
  const times = ["a.c", "z.d", "a.o", "m.o"].map((name) => mtimeNsOf(run.signature(name)));
  assert.ok(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0n)), String(times));
  assert.ok((times[1] ?? 0n) < (times[2] ?? 0n) && (times[2] ?? 0n) < (times[3] ?? 0n), String(times));
});

test("an input that was only touched renews the times of the outputs, not their content", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  run.write("a.c", "int a;");
  run.disk.changes.length = 0;
  run.replay();
  assert.deepEqual(run.disk.changes.filter(isChange).map((change) => change.split(" ")[0]), ["setModified", "setModified"]);
  assert.ok(mtimeNsOf(run.signature("a.o")) >= mtimeNsOf(run.signature("a.c")));
});

/** Kept before it is overwritten, as the supervisor does. */
function preserve(run: FakeRun, name: string): void {
  const content = Buffer.from(run.text(name) ?? "");
  run.preserved.set(run.path(name), [{ signature: run.signature(name), digest: digestOf(content), owner: "", atNs: 0n, by: [FAKE_IMAGE] }]);
}

test("an input that the unit writes anew itself, as the last, does not make its other outputs too old", () => {
  const run = new FakeRun({ package: "exports" });
  preserve(run, "package");
  run.stored((unit) => {
    const text = unit.reads("package");
    unit.writes("out", text);
    unit.writes("package", text);
  });
  run.replay();
  run.disk.changes.length = 0;
  run.replay();
  assert.deepEqual(run.disk.changes.filter(isChange), []);
});

test("what one entry writes and another one only reads is an input of the other", () => {
  const run = new FakeRun({ package: "exports", mode: "2" });
  const choosing = (unit: FakeUnit): void => {
    const isRewriting = unit.reads("mode") === "1";
    const text = unit.reads("package");
    unit.writes("out", text);
    if (isRewriting) unit.writes("package", text);
  };
  run.stored(choosing);
  run.write("mode", "1");
  preserve(run, "package");
  run.stored(choosing);
  run.write("mode", "2");
  run.write("package", "exports");
  run.replay();
  assert.ok(mtimeNsOf(run.signature("out")) >= mtimeNsOf(run.signature("package")));
});

test("a renewed time is not later than an edit right after it", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  run.remove("a.o");
  must(run.tryReplay());
  must(run.disk.writeFile(run.path("a.c"), Buffer.from("int b;"), 0o644));
  assert.ok(mtimeNsOf(run.signature("a.o")) <= mtimeNsOf(run.signature("a.c")));
});

test("a time that the unit set is set again, whatever the order of the others", () => {
  const run = new FakeRun(SOURCES);
  const longAgoNs = 1_000_000_000_000_000_000n;
  run.stored((unit) => {
    unit.reads("a.c");
    unit.writes("unpacked", "as in the archive");
    must(run.disk.setModified(run.path("unpacked"), longAgoNs));
  });
  run.remove("unpacked");
  run.replay();
  assert.equal(mtimeNsOf(run.signature("unpacked")), longAgoNs);
});

test("somebody else's name for an output keeps its time, where the program replaces what is there", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.programs = ["/usr/bin/ld"];
    build(unit);
  });
  must(run.disk.link(run.path("a.o"), run.path("kept")));
  const before = mtimeNsOf(run.signature("kept"));
  run.write("a.c", "int a;");
  run.replay();
  assert.equal(mtimeNsOf(run.signature("kept")), before);
  assert.equal(run.text("a.o"), "object of int a;");
});

test("whether somebody else's name for an output keeps what it has is for the program to say, where that is not known", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  must(run.disk.link(run.path("a.o"), run.path("kept")));
  const tried = run.tryReplay();
  assert.equal(!tried.ok && tried.failure.code, "replay-hard-link");
});

test("a directory that was moved is moved", () => {
  const run = new FakeRun({ ...SOURCES, "src.tmp/deep/a": "1" });
  run.stored((unit) => {
    unit.movesDirectory("src.tmp", "src");
    unit.writes("src/added", "2");
  });
  run.remove("src");
  run.write("src.tmp/deep/a", "1");
  run.replay();
  assert.equal(run.text("src/deep/a"), "1");
  assert.equal(run.text("src/added"), "2");
});

test("a move is taken back when what follows fails", () => {
  const run = new FakeRun({ ...SOURCES, "src.tmp/deep/a": "1" });
  run.stored((unit) => {
    unit.movesDirectory("src.tmp", "src");
    unit.writes("src/added", "2");
  });
  run.remove("src");
  run.write("src.tmp/deep/a", "1");
  run.disk.refuse = (call, path) => (call === "copyFile" && path.startsWith(WORKSPACE) ? "enospc" : null);
  assert.equal(run.tryReplay().ok, false);
  assert.equal(run.text("src.tmp/deep/a"), "1");
});

test("a damaged blob is noticed before anything is touched", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  const { effects } = run.hit().entry;
  const object = effects.find((effect) => effect.kind === "file" && effect.at.endsWith("a.o"));
  assert.ok(object?.kind === "file");
  run.remove("a.o");
  run.remove("tool");
  run.disk.write(run.store.blobPath(object.content), "nonsense");
  run.restart();
  run.disk.changes.length = 0;
  const failed = run.tryReplay();
  assert.equal(!failed.ok && failed.failure.code, "blob-damaged");
  assert.deepEqual(run.disk.changes.filter(isChange), []);
  assert.equal(run.ask().kind, "miss");
});

test("a full disk leaves no temporary file", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  run.remove("a.o");
  run.disk.refuse = (call, path) => (call === "rename" && path.startsWith(WORKSPACE) ? "enospc" : null);
  assert.equal(run.tryReplay().ok, false);
  assert.doesNotMatch(run.disk.list(run.path(WORKSPACE)) ?? "", /fathom/);
});

test("output is replayed in order, with its streams", () => {
  const run = new FakeRun(SOURCES);
  run.stored(build);
  const { output } = run.replay();
  assert.ok(output !== null);
  const chunks = must(decodeOutput(must(run.disk.readFile(output))));
  assert.deepEqual(chunks.map(({ stream, bytes }) => [stream, bytes.toString()]), [[1, "compiled a.c\n"], [2, "warning\n"]]);
});
