// Which task relied on what another one wrote.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import type { Signature } from "../base/signature.ts";
import type { Observation } from "../ledger/footprint.ts";
import { TaskOrder, type TaskFacts } from "./task-order.ts";

const [WRITER, READER] = [1, 2];
const OUT = absPath("/w/a/out");

class Ground {
  readonly disk = new FakeDisk({ "/w/a/out": "first", "/w/in": "in", "/tmp/x": "x" });
  readonly order = new TaskOrder(this.disk, absPath("/w"));

  signature(path: string): Signature {
    const [found] = this.disk.signatures([absPath(path)]);
    assert.ok(found !== undefined && found !== null && found !== "error");
    return found;
  }

  reads(path: string): Observation {
    return { kind: "content", path: absPath(path), signature: this.signature(path), timed: false, isRead: true };
  }

  write(path: string, text: string): void {
    this.disk.clock.advance(1_000_000_000n);
    this.disk.write(path, text);
  }

  /** "2 after 1", or "2 too early for 1". */
  ends(facts: Partial<TaskFacts> & Pick<TaskFacts, "task">): string[] {
    const found = this.order.add({ observations: [], touched: [], startedNs: 0n, endedNs: 10n, ...facts });
    return found.map(({ after, before, path, isTooEarly }) => `${String(after)} ${isTooEarly ? "too early for" : "after"} ${String(before)} at ${path}`);
  }
}

for (const first of ["writer", "reader"]) {
  const both = (ground: Ground, writer: TaskFacts | Omit<TaskFacts, "startedNs" | "endedNs">, reader: typeof writer): string[] =>
    (first === "writer" ? [writer, reader] : [reader, writer]).flatMap((facts) => ground.ends(facts));

  test(`who read what was written comes after it (the ${first} is looked at first)`, () => {
    const ground = new Ground();
    ground.write(OUT, "second");
    assert.deepEqual(both(ground, { task: WRITER, observations: [], touched: [OUT] }, { task: READER, observations: [ground.reads(OUT)], touched: [] }), ["2 after 1 at /w/a/out"]);
  });

  test(`who read what was there before came too early (the ${first} is looked at first)`, () => {
    const ground = new Ground();
    const reader = { task: READER, observations: [ground.reads(OUT)], touched: [] };
    ground.write(OUT, "second");
    assert.deepEqual(both(ground, { task: WRITER, observations: [], touched: [OUT] }, reader), ["2 too early for 1 at /w/a/out"]);
  });

  test(`who found nothing where something was made later came too early (the ${first} is looked at first)`, () => {
    const ground = new Ground();
    ground.write("/w/a/new", "new");
    const made = absPath("/w/a/new");
    assert.deepEqual(both(ground, { task: WRITER, observations: [], touched: [made] }, { task: READER, observations: [{ kind: "missing", path: made }], touched: [] }), ["2 too early for 1 at /w/a/new"]);
  });
}

test("of several paths one that was read too early is named", () => {
  const ground = new Ground();
  const early = ground.reads(OUT);
  ground.write(OUT, "second");
  ground.write("/w/a/other", "other");
  ground.ends({ task: WRITER, touched: [absPath("/w/a/other"), OUT] });
  assert.deepEqual(ground.ends({ task: READER, observations: [ground.reads("/w/a/other"), early] }), ["2 too early for 1 at /w/a/out"]);
});

test("what was written over after the writer had ended, before the reader began, is another one's", () => {
  const ground = new Ground();
  const reader = { task: READER, observations: [ground.reads(OUT)], startedNs: 20n, endedNs: 30n };
  ground.ends({ task: WRITER, touched: [OUT], endedNs: 10n });
  ground.write(OUT, "third");
  assert.deepEqual(ground.ends(reader), []);
});

test("what both write, what is gone again, what was opened and not written, and what is outside says nothing", () => {
  const ground = new Ground();
  const [seen, outside] = [ground.reads(OUT), ground.reads("/tmp/x")];
  ground.ends({ task: WRITER, touched: [OUT, absPath("/w/gone"), absPath("/w/in"), absPath("/tmp/x")], observations: [ground.reads("/w/in")] });
  assert.deepEqual(ground.ends({ task: READER, observations: [seen, { kind: "missing", path: absPath("/w/gone") }, ground.reads("/w/in"), outside], touched: [OUT] }), []);
});
