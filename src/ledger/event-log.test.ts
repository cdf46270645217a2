// What is kept once still counts each time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { executedEvent, isFileRecord, type Event } from "./event.ts";
import { EventLog } from "./event-log.ts";
import { fileSig, inOrder, missing, opened, renamed, start, type Said } from "./fake.ts";

const events = (first: number, ...said: readonly Said[]): Event[] =>
  inOrder(said, first).filter(isFileRecord).map((record) => ({ record, program: "cc", role: "plain" }));

test("what comes out is what was put in, in the order of the run", () => {
  const [late, early] = [events(10, opened("/lib/a", 1), missing("/w/x"), opened("/lib/a", 2)), events(1, missing("/w/x"), opened("/lib/a", 1))];
  assert.deepEqual([...EventLog.of([late, early])], [...early, ...late]);
  assert.deepEqual([...EventLog.of([EventLog.of([late]), EventLog.of([early])])], [...early, ...late]);
});

test("what has the same position stays in the order in which it was given", () => {
  const [one, other] = [events(7, missing("/w/x")), events(7, missing("/w/y"))];
  assert.deepEqual([...EventLog.of([events(9, missing("/w/z")), one, other])].slice(0, 2), [...one, ...other]);
});

test("each start of a program keeps its time", () => {
  const started = [30, 10, 20].map((seq) => executedEvent(start({ seq, startedNs: BigInt(1000 + seq) }), "tool"));
  const log = EventLog.of([started, events(5, missing("/w/x"))]);
  assert.equal(log.distinct, 2);
  assert.deepEqual([...log].slice(1), [started[1], started[2], started[0]]);
  assert.deepEqual([...EventLog.of([log])], [...log]);
});

test("a change is itself each time it is looked at, because folds tell changes apart by their records", () => {
  const changes = [...events(1, renamed("/w/a", "/w/b", fileSig(1))), ...events(2, renamed("/w/a", "/w/b", fileSig(1)))];
  const log = EventLog.of([changes]);
  for (let look = 0; look < 2; look += 1) {
    for (const [index, event] of [...log].entries()) assert.equal(event.record, changes[index]?.record);
  }
});

test("an event that is the same for a hundred thousand processes is kept once", () => {
  const log = new EventLog();
  for (let seq = 1; seq <= 100_000; seq += 1) log.addAll(events(seq, opened("/lib/a", 1)));
  assert.equal(log.length, 100_000);
  assert.equal(log.distinct, 1);
});
