// The claims of races.ts that small traces can tell; real builds are in test/races/.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Declared } from "./declared.ts";
import { groundOf, traceOf } from "./fake-trace.ts";
import { races } from "./races.ts";
import { DID, type Links, type Span, type Touch } from "./touch.ts";
import type { Trace, TracedProcess } from "./trace.ts";

const LINKS: Links = { input: 0, output: 0, error: 0, isLinked: false, hears: false };
const touch = (at: string, did: number, looked: Span | null, changed: Span | null = null): Touch => ({ at: `\x01W/${at}`, did, looked, changed });
const order = (began: number, ended: number, links: Partial<Links> = {}): Pick<TracedProcess, "order" | "startedUs" | "end"> =>
  ({ order: { began, ended, links: { ...LINKS, ...links } }, startedUs: began, end: { endedUs: ended, how: 0, code: 0, successor: 0, cpuUs: 1 } });

const WRITES = [touch("x", DID.wrote | DID.created, null, [21, 21])];
const READS = [touch("x", DID.read, [45, 45])];

function found(trace: Trace): readonly string[] {
  const { answer } = races(trace, new Declared([]), groundOf(trace));
  return [...answer.races, ...answer.guesses].map((race) => `${race.grade} ${race.class} ${race.paths.join(" ")}`);
}

const build = (scheduler: string, first: Partial<TracedProcess>, second: Partial<TracedProcess>): Trace =>
  traceOf("one", [{ program: `/usr/bin/${scheduler}`, argv: [scheduler], ...order(1, 100) }, { parent: 1, argv: ["writer"], touched: WRITES, ...first }, { parent: 1, argv: ["reader"], touched: READS, ...second }]);

test("two at the same time are unordered, whoever started them", () => {
  for (const scheduler of ["make", "sh", "xargs"]) assert.deepEqual(found(build(scheduler, order(10, 40), order(20, 60))), ["consistent missing-edge x"]);
});

test("one after the other is the program's own order, but of a build tool that was not asked, a guess", () => {
  assert.deepEqual(found(build("sh", order(10, 30), order(40, 60))), []);
  assert.deepEqual(found(build("make", order(10, 30), order(40, 60))), ["guess missing-edge x"]);
});

test("a pipe between the two orders them", () => {
  assert.deepEqual(found(build("sh", order(10, 40, { output: 7 }), order(20, 60, { input: 7, hears: true }))), []);
});

test("who is told by its parent what to do is no race for certain", () => {
  assert.deepEqual(found(build("node", order(10, 40), order(20, 60, { isLinked: true }))), ["guess missing-edge x"]);
});

test("what a program below a task did is the task's", () => {
  const trace = traceOf("one", [
    { program: "/usr/bin/make", argv: ["make"], ...order(1, 100) }, { parent: 1, argv: ["sh", "one"], ...order(10, 50) }, { parent: 1, argv: ["sh", "two"], ...order(11, 60) },
    { parent: 2, argv: ["writer"], touched: WRITES, ...order(20, 25) }, { parent: 3, argv: ["reader"], touched: READS, ...order(40, 48) },
  ]);
  const { answer: { races: [race] } } = races(trace, new Declared([]), groundOf(trace));
  assert.deepEqual([race?.writer?.process.command, race?.writer?.task.command, race?.other.process.command, race?.other.task.command], ["writer", "sh one", "reader", "sh two"]);
});

test("a trace in which processes start each other is answered all the same", () => {
  const trace = traceOf("one", [{ parent: 1, ...order(1, 9), touched: WRITES }, { parent: 3, ...order(2, 8), touched: READS }, { parent: 2, ...order(3, 7) }]);
  assert.deepEqual(found(trace), []);
});

test("who begins after a file is there, and whose starter may have heard of it through a pipe, is no race for certain", () => {
  const writes = { ...order(10, 60, { output: 7 }), touched: WRITES };
  const reads = { ...order(40, 80), touched: READS };
  assert.deepEqual(found(build("node", writes, reads)), ["guess read-while-written x"]);
  assert.deepEqual(found(build("node", { ...writes, ...order(10, 60) }, reads)), ["consistent read-while-written x"]);
  assert.deepEqual(found(build("cargo", writes, reads)), []);
});

test("rustc that lists where another one writes takes only what it reads from there", () => {
  const rustc = (began: number, ended: number, name: string): Partial<TracedProcess> => ({
    ...order(began, ended), program: "/usr/bin/rustc", argv: ["rustc", "--crate-name", name, "-L", "dependency=/w/deps"],
    touched: [touch("deps", DID.listed | DID.names, [began + 1, began + 1], [ended - 1, ended - 1]), touch(`deps/lib${name}.rmeta`, DID.published | DID.created | DID.read, [ended - 2, ended - 2], [ended - 1, ended - 1])],
  });
  assert.deepEqual(found(build("cargo", rustc(10, 40, "a"), rustc(20, 60, "b"))), []);
});
