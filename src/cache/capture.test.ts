// What is stored of a unit, and what is refused by name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../base/digest.ts";
import { mtimeNsOf } from "../base/signature.ts";
import { FAKE_IMAGE, FakeRun, must, type FakeUnit } from "./fake-unit.ts";

const SOURCES = { "a.c": "int a;", "dir/b": "1" };

/** The refusal of a unit after whose end something else happened. */
function refusal(run: FakeRun, act: (unit: FakeUnit) => void, afterwards: () => void = () => undefined): string {
  const unit = run.unit(act);
  afterwards();
  const captured = unit.capture();
  assert.ok(captured.kind === "refused", captured.kind);
  assert.equal(captured.refusal.program, "/usr/bin/prog");
  return `${captured.refusal.code}: ${captured.refusal.detail}`;
}

test("an input that was edited during the run is refused", () => {
  const run = new FakeRun(SOURCES);
  const said = refusal(run, (unit) => { unit.reads("a.c"); }, () => { run.write("a.c", "int b;"); });
  assert.equal(said, 'changed-during-run: "/home/ann/work/a.c" changed');
});

test("an input that was edited and edited back is refused", () => {
  const run = new FakeRun(SOURCES);
  const said = refusal(run, (unit) => { unit.reads("a.c"); }, () => {
    run.write("a.c", "int b;");
    run.write("a.c", "int a;");
  });
  assert.match(said, /^changed-during-run/);
});

test("what is changed within one tick of the clock of the unit's end is told by the order of the run", () => {
  const act = (unit: FakeUnit): void => {
    unit.reads("a.c");
    unit.writes("a.o", "object");
  };
  const output = new FakeRun(SOURCES);
  output.changedAfter.add(output.path("a.o"));
  assert.equal(refusal(output, act), 'changed-after-run: "/home/ann/work/a.o" was changed after the end');
  const input = new FakeRun(SOURCES);
  input.changedAfter.add(input.path("a.c"));
  input.stored(act); // It has been in the state that the unit saw since long before.
});

test("a directory that somebody made again, or gave other permissions, after the end is not the unit's", () => {
  const clear = (unit: FakeUnit): void => { unit.removes("out"); };
  const again = new FakeRun({ ...SOURCES, out: "a file" });
  assert.equal(refusal(again, clear, () => { again.disk.makeDirectory(again.path("out"), 0o755); }), 'changed-after-run: "/home/ann/work/out" was changed after the end');
  const make = (unit: FakeUnit): void => { unit.makesDirectory("out"); };
  const closed = new FakeRun(SOURCES);
  closed.changedAfter.add(closed.path("out"));
  assert.equal(refusal(closed, make), 'changed-after-run: "/home/ann/work/out" was changed after the end');
  const filled = new FakeRun(SOURCES);
  const unit = filled.unit(make);
  filled.write("out/b.o", "somebody else's");
  assert.equal(unit.capture().kind, "stored");
});

test("what is below a directory that was moved after the end is not the unit's, however old it is", () => {
  const run = new FakeRun({ ...SOURCES, "new/a.o": "an older one" });
  run.changedAfter.add(run.path("out"));
  const said = refusal(run, (unit) => { unit.makesDirectory("out"); unit.writes("out/a.o", "object"); });
  assert.match(said, /^changed-after-run: "\/home\/ann\/work\/out"/);
});

test("a link that was made anew after the start is refused: nobody saw where it led", () => {
  const run = new FakeRun({ ...SOURCES, "two/a.c": "int a;" });
  must(run.disk.symlink("dir", run.path("current")));
  const said = refusal(run, (unit) => {
    run.remove("current");
    must(run.disk.symlink("two", run.path("current")));
    unit.readsLink("current"); // As the fold finds it when it looks.
  });
  assert.match(said, /^changed-during-run: "\/home\/ann\/work\/current"/);
});

test("an input that the unit overwrote needs its earlier content", () => {
  const rewrite = (unit: FakeUnit): void => {
    unit.reads("a.c");
    unit.writes("a.c", "int a; // formatted");
  };
  assert.match(refusal(new FakeRun(SOURCES), rewrite), /^input-overwritten/);

  const indexed = new FakeRun(SOURCES);
  indexed.store.index.put(indexed.path("a.c"), indexed.signature("a.c"), digestOf(Buffer.from("int a;")), indexed.disk.clock.realtimeNs());
  assert.match(refusal(indexed, rewrite), /^input-overwritten/, "what it held when it was opened need not be what was read: somebody else may have changed it in between");

  const kept = new FakeRun(SOURCES);
  kept.preserved.set(kept.path("a.c"), [{ signature: kept.signature("a.c"), digest: digestOf(Buffer.from("int a;")), owner: "", atNs: 0n, by: [FAKE_IMAGE] }]);
  kept.stored(rewrite);
  kept.write("a.c", "int a;");
  kept.replay();
  assert.equal(kept.text("a.c"), "int a; // formatted");
});

test("two units around each other both get the content that the inner one overwrote", () => {
  const run = new FakeRun(SOURCES);
  run.preserved.set(run.path("a.c"), [{ signature: run.signature("a.c"), digest: digestOf(Buffer.from("int a;")), owner: "", atNs: 0n, by: [FAKE_IMAGE] }]);
  const unit = run.unit((recorder) => {
    recorder.reads("a.c");
    recorder.writes("a.c", "int a; // formatted");
  });
  assert.equal(unit.capture().kind, "stored", "the inner one");
  assert.equal(unit.capture().kind, "stored", "the outer one");
});

test("a file that was opened for writing and not written is a fact and no effect", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => { unit.opens("a.c"); });
  assert.deepEqual(run.hit().entry.effects, []);
  run.write("a.c", "int b;");
  assert.deepEqual(run.differences(), ["W/a.c: content"]);
});

test("a time that an output has from an input is a fact, because a replay gives it that time", () => {
  const run = new FakeRun(SOURCES);
  run.stored((unit) => {
    unit.reads("a.c");
    unit.writes("out", "int a;");
    must(run.disk.setModified(run.path("out"), mtimeNsOf(run.signature("a.c"))));
  });
  must(run.disk.setModified(run.path("a.c"), 5n));
  assert.deepEqual(run.differences(), ["W/a.c: time"]);
});

test("a file that appeared where the unit saw none is refused, unless the unit made it", () => {
  const run = new FakeRun(SOURCES);
  const appears = (unit: FakeUnit): void => {
    unit.misses("a.h");
    run.write("a.h", "");
  };
  assert.match(refusal(run, appears), /^appeared-during-run/);
  new FakeRun(SOURCES).stored((unit) => {
    unit.misses("a.h");
    unit.writes("a.h", "");
  });
});

test("what others make after the end where the unit looked is not held against it, and is a difference", () => {
  const run = new FakeRun(SOURCES);
  const unit = run.unit((recorder) => {
    recorder.misses("a.h");
    recorder.lists("dir");
  });
  run.write("a.h", "");
  run.write("dir/c", "");
  assert.equal(unit.capture().kind, "stored");
  run.restart();
  assert.deepEqual(run.differences(), ["W/a.h: appeared"]);
  run.remove("a.h");
  run.restart();
  assert.deepEqual(run.differences(), ["W/dir: names"]);
  run.remove("dir/c");
  run.restart();
  run.hit();
});

test("names that others added to a listed directory are refused, the unit's own are not", () => {
  const run = new FakeRun(SOURCES);
  const grows = (unit: FakeUnit): void => {
    unit.lists("dir");
    run.write("dir/c", "");
  };
  assert.match(refusal(run, grows), /^changed-during-run/);
  new FakeRun(SOURCES).stored((unit) => {
    unit.lists("dir");
    unit.writes("dir/c", "");
  });
});

test("a link that was turned elsewhere during the run is refused", () => {
  const run = new FakeRun(SOURCES);
  must(run.disk.symlink("a.c", run.path("main")));
  const said = refusal(run, (unit) => { unit.readsLink("main"); }, () => {
    run.remove("main");
    must(run.disk.symlink("b.c", run.path("main")));
  });
  assert.match(said, /^changed-during-run/);
});

test("an output that somebody changed after the end is refused", () => {
  const run = new FakeRun(SOURCES);
  assert.match(refusal(run, (unit) => { unit.writes("a.o", "1"); }, () => { run.write("a.o", "stripped"); }), /^changed-after-run/);
});

test("an output that somebody removed after the end is refused", () => {
  const run = new FakeRun(SOURCES);
  assert.match(refusal(run, (unit) => { unit.writes("a.o", "1"); }, () => { run.remove("a.o"); }), /^changed-after-run/);
});

test("an output that was preserved before somebody changed or removed it is stored as the unit left it", () => {
  for (const spoil of ["change", "remove"]) {
    const run = new FakeRun(SOURCES);
    const unit = run.unit((recorder) => { recorder.writes("a.o", "1"); });
    const atNs = run.disk.clock.realtimeNs();
    run.preserved.set(run.path("a.o"), [{ signature: run.signature("a.o"), digest: must(run.store.putBlob(Buffer.from("1"))), owner: "", atNs, by: [] }]);
    if (spoil === "change") run.write("a.o", "stripped");
    else run.remove("a.o");
    assert.equal(unit.capture().kind, "stored");
    run.replay();
    assert.equal(run.text("a.o"), "1", spoil);
  }
});

test("an output of which only the digest was told before somebody changed it is refused", () => {
  const run = new FakeRun(SOURCES);
  const unit = run.unit((recorder) => { recorder.writes("a.o", "1"); });
  run.preserved.set(run.path("a.o"), [{ signature: run.signature("a.o"), digest: digestOf(Buffer.from("1")), owner: "", atNs: run.disk.clock.realtimeNs(), by: [] }]);
  run.write("a.o", "stripped");
  const captured = unit.capture();
  assert.equal(captured.kind === "refused" ? captured.refusal.code : captured.kind, "changed-after-run");
});

test("what another program changed while the unit ran, read or written, is refused: nobody knows who saw what", () => {
  const input = new FakeRun(SOURCES);
  const read = refusal(input, (unit) => {
    unit.reads("a.c");
    input.preserved.set(input.path("a.c"), [{ signature: input.signature("a.c"), digest: digestOf(Buffer.from("int a;")), owner: "", atNs: input.disk.clock.realtimeNs(), by: [3] }]);
    input.write("a.c", "int b;");
  });
  assert.match(read, /^changed-during-run/);
  const output = new FakeRun(SOURCES);
  const written = refusal(output, (unit) => {
    unit.writes("log", "1");
    output.preserved.set(output.path("log"), [{ signature: output.signature("log"), digest: must(output.store.putBlob(Buffer.from("1"))), owner: "", atNs: output.disk.clock.realtimeNs(), by: [3] }]);
    output.write("log", "12");
  });
  assert.match(written, /^foreign-change/);
});

test("a file that changed a moment ago is too young to be told apart", () => {
  const run = new FakeRun(SOURCES);
  must(run.disk.writeFile(run.path("new.c"), Buffer.from("x"), 0o644));
  run.disk.clock.advance(1_000_000n);
  let captured: ReturnType<FakeUnit["capture"]> | undefined;
  const unit = run.unit((recorder) => {
    recorder.reads("new.c");
    recorder.end();
    captured = recorder.capture();
  });
  assert.ok(captured?.kind === "too-young");
  assert.ok(captured.retryAtNs > unit.endedNs);
  assert.equal(unit.capture().kind, "stored");
});

test("where files have whole seconds, what is younger than two of them is no input", () => {
  const run = new FakeRun(SOURCES);
  run.disk.granularityNs = 1_000_000_000n;
  const read = (): ReturnType<FakeUnit["capture"]> => run.unit((unit) => { unit.reads("new.c"); }).capture();
  must(run.disk.writeFile(run.path("new.c"), Buffer.from("x"), 0o644));
  const young = read();
  assert.ok(young.kind === "refused");
  assert.equal(young.refusal.code, "coarse-times");
  run.disk.clock.advance(2_100_000_000n);
  assert.equal(read().kind, "stored");
});

test("a doubt is a refusal", () => {
  const run = new FakeRun(SOURCES);
  const captured = run.unit((unit) => { unit.doubts = [{ code: "network", program: "curl", detail: "" }]; }).capture();
  assert.deepEqual(captured, { kind: "refused", refusal: { code: "network", program: "curl", detail: "" } });
});

test("what a tool keeps for itself is neither fact nor effect", () => {
  const run = new FakeRun({ ...SOURCES, "/home/ann/.npm/_logs/1.log": "x", "/home/ann/.npm/_update-notifier-last-checked": "" });
  run.stored((unit) => {
    unit.reads("a.c");
    unit.lists("/home/ann/.npm/_logs");
    unit.reads("/home/ann/.npm/_update-notifier-last-checked");
    unit.writes("/home/ann/.npm/_logs/2.log", "y");
  });
  const hit = run.hit();
  assert.deepEqual(hit.entry.effects, []);
  assert.deepEqual(hit.checked()?.subjects.map(({ name }) => name).filter((name) => name.includes(".npm")), []);
});

test("an effect outside the roots is kept on this machine", () => {
  const run = new FakeRun({ ...SOURCES, "/var/lib/x": "" });
  run.stored((unit) => { unit.writes("/var/lib/x", "1"); });
  assert.equal(run.hit().entry.isSharable, false);
});

test("the same run gives the same bytes, whatever the order of its lookups", () => {
  const first = new FakeRun(SOURCES);
  const second = new FakeRun(SOURCES);
  const key = first.stored((unit) => {
    unit.reads("a.c");
    unit.misses("x");
    unit.says(1, "a");
    unit.says(1, "b");
  });
  assert.equal(second.stored((unit) => {
    unit.misses("x");
    unit.reads("a.c");
    unit.says(1, "ab");
  }), key);
  assert.equal(second.hit().entry.output, first.hit().entry.output);
});

test("at most sixteen path sets are kept for a weak key, the latest ones", () => {
  const run = new FakeRun(SOURCES);
  for (let index = 0; index < 20; index++) run.stored((unit) => { unit.misses(`variant-${String(index)}`); });
  assert.equal(run.context.records.knownSets(run.weakKey).length, 16);
});
