// What is kept once still counts each time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { executedEvent, isFileRecord, type Event } from "./event.ts";
import { EventLog } from "./event-log.ts";
import { fileSig, inOrder, missing, opened, placesOf, renamed, said, type Said } from "./fake.ts";
import { Timeline, type Events } from "./timeline.ts";

function events(first: number, ...records: readonly Said[]): Timeline {
  const timeline = new Timeline();
  for (const record of inOrder(records, first).filter(isFileRecord)) timeline.add({ record, program: "cc", role: "plain" }, record.seq);
  return timeline;
}

function logOf(...lists: readonly Events[]): EventLog {
  const log = new EventLog();
  for (const list of lists) log.addAll(list);
  return log;
}

for (const [what, gather] of [["a timeline", (...lists: readonly Events[]) => Timeline.of(lists)], ["a log", logOf]] as const) {
  test(`what comes out of ${what} is what was put in, in the order of the run`, () => {
    const [late, early] = [events(10, opened("/lib/a", 1), missing("/w/x"), opened("/lib/a", 2)), events(1, missing("/w/x"), opened("/lib/a", 1))];
    assert.deepEqual(said(gather(late, early)), [...said(early), ...said(late)]);
    assert.deepEqual(said(gather(gather(late), gather(early))), [...said(early), ...said(late)]);
  });

  test(`what has the same position stays in ${what} in the order in which it was given`, () => {
    const [one, other] = [events(7, missing("/w/x")), events(7, missing("/w/y"))];
    assert.deepEqual(said(gather(events(9, missing("/w/z")), one, other)).slice(0, 2), [...said(one), ...said(other)]);
  });
}

test("each start of a program keeps its time", () => {
  const starts = new Timeline();
  for (const seq of [30, 10, 20]) starts.add(executedEvent({ path: "/bin/tool", startedNs: BigInt(1000 + seq) }, "tool"), seq);
  const log = logOf(starts, events(5, missing("/w/x")));
  assert.equal(log.distinct, 2);
  const times = placesOf(log).map(({ event, seq }) => [seq, event.record.kind === "executed" ? event.record.start.startedNs : null]);
  assert.deepEqual(times, [[5, null], [10, 1010n], [20, 1020n], [30, 1030n]]);
  assert.deepEqual(placesOf(logOf(log)), placesOf(log));
});

test("a change is itself each time it is looked at, because folds tell changes apart by their records", () => {
  const changes: Event[] = [1, 2].flatMap((seq) => placesOf(events(seq, renamed("/w/a", "/w/b", fileSig(1)))).map(({ event }) => event));
  const timeline = new Timeline();
  for (const [seq, event] of changes.entries()) timeline.add(event, seq);
  const log = logOf(timeline);
  for (let look = 0; look < 2; look += 1) {
    for (const [index, { event }] of placesOf(log).entries()) assert.equal(event.record, changes[index]?.record);
  }
});

test("an event that is the same for a hundred thousand processes is kept once", () => {
  const log = new EventLog();
  for (let seq = 1; seq <= 100_000; seq += 1) log.addAll(events(seq, opened("/lib/a", 1)));
  assert.equal(log.length, 100_000);
  assert.equal(log.distinct, 1);
});
