// Causes: each names what it is, and none is claimed that was not the one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HELLO_FORCE, HELLO_NO_CACHE } from "../tap/messages.ts";
import { findProcess } from "./find.ts";
import { groundOf, keyOf, ROOTS, SALT, traceOf } from "./fake-trace.ts";
import { newCause } from "./inline.ts";
import { answerLines, LINES_MAX } from "./text.ts";
import type { ProcessDifference, Trace, TracedProcess } from "./trace.ts";
import { why } from "./why.ts";

const STORED = { kind: "stored", strongKey: keyOf("then") } as const;
const differs = (...differences: ProcessDifference[]): TracedProcess["miss"] => ({ kind: "differs", strongKey: keyOf("then"), differences, total: differences.length });
const content = (name: string): ProcessDifference => ({ kind: "content", name, what: "content", listings: null });

/** Of the first process of the newest. */
function sentence(...traces: readonly Trace[]): string {
  const [newest] = traces;
  const process = newest?.traced[0];
  assert.ok(newest !== undefined && process !== undefined);
  return why(process, newest, groundOf(...traces)).sentence;
}

const THEN = traceOf("1", [{ fate: STORED }]);

test("two causes are both named, and what a person edits comes first", () => {
  const now = traceOf("2", [{ fate: STORED, miss: differs({ kind: "listed", name: "\x01W", what: "names", listings: null }, content("/usr/include/b.h"), content("\x01W/a.c")) }]);
  const answer = why(now.traced[0] ?? assert.fail(), now, groundOf(now, THEN));
  assert.equal(answer.sentence, '"cc -c a.c" ran because "a.c" changed, and 2 other things');
  assert.deepEqual([answer.certainty, answer.against?.id, answer.evidence.map(({ name }) => name)], ["certain", "1", ["a.c", "/usr/include/b.h", "."]]);
});

test("a changed environment names its variables, and says so where it cannot", () => {
  const all: ProcessDifference = { kind: "all-variables", name: "", what: "value", listings: null };
  const at = (value: string): TracedProcess["variables"] => new Map([["CC", value], ["HOME", "00000000000a"]]);
  const then = traceOf("1", [{ fate: STORED, variables: at("000000000001") }]);
  const now = traceOf("2", [{ miss: differs(all), variables: at("000000000002") }]);
  assert.equal(sentence(now, then), '"cc -c a.c" ran because the variable CC has another value');
  assert.match(sentence(now), /ran because a variable changed \(which one is not known/);
  const salted = traceOf("1", [{ fate: STORED, variables: at("000000000001") }], { salt: SALT.replaceAll("0", "1") });
  assert.match(sentence(now, salted), /which one is not known/);
});

test("an argument is compared with the command most like it, and that is no proof", () => {
  const then = traceOf("1", [{ argv: ["cc", "-O2", "-c", "a.c"], weakKey: "0000000000000001", fate: STORED }, { argv: ["cc", "-O2", "-c", "b.c"], weakKey: "0000000000000002", fate: STORED }]);
  const now = traceOf("2", [{ argv: ["cc", "-O3", "-c", "b.c"], weakKey: "0000000000000003" }]);
  const answer = why(now.traced[0] ?? assert.fail(), now, groundOf(now, then));
  assert.deepEqual([answer.cause, answer.certainty, answer.evidence.map(({ text }) => text)], ["command-changed", "consistent", ['the argument "-O3" was "-O2"']]);
});

test("of many that are alike the one whose own words are the same is the predecessor, in a line for a shell too", () => {
  const compile = (level: string, number: number): string => `cc ${level} -Wall -c file${String(number)}.c -o file${String(number)}.o`;
  const run = (id: string, level: string): ReturnType<typeof traceOf> => traceOf(id, Array.from({ length: 200 }, (_, number) => ({
    program: "/bin/sh", argv: ["sh", "-c", compile(level, number)], weakKey: `${id}${number.toString(16).padStart(15, "0")}`, fate: STORED,
  })));
  const [then, now] = [run("1", "-O2"), run("2", "-O3")];
  const answer = why(now.traced[150] ?? assert.fail(), now, groundOf(now, then));
  assert.deepEqual(answer.evidence.map(({ text }) => text), [`the argument "${compile("-O3", 150)}" was "${compile("-O2", 150)}"`]);
});

test("a command that is there now as then is no predecessor of another", () => {
  const both = { argv: ["cc", "-c", "a.c"], weakKey: "0000000000000001", fate: STORED };
  const now = traceOf("2", [{ argv: ["cc", "-c", "new.c"], weakKey: "0000000000000002" }, both]);
  const answer = why(now.traced[0] ?? assert.fail(), now, groundOf(now, traceOf("1", [both])));
  assert.equal(answer.cause, "new");
});

test("a command that could not be stored, that failed, or whose entry is gone says that", () => {
  const now = traceOf("2", [{}]);
  const causeAfter = (fate: TracedProcess["fate"]): string => sentence(now, traceOf("1", [{ fate }]));
  assert.equal(causeAfter({ kind: "refused", code: "network", program: "/usr/bin/curl", detail: "" }), '"cc -c a.c" ran because last time it could not be stored: "curl": it used the network');
  assert.match(causeAfter({ kind: "passed", reason: "failed" }), /last time it was not stored: it failed/);
  assert.match(causeAfter({ kind: "passed", reason: "trivial" }), /less than 10 ms/);
  assert.match(causeAfter(STORED), /not in the store any more/);
  assert.match(sentence(now), /ran because it is new/);
});

test("--force and --no-cache are the cause, whatever else changed", () => {
  assert.match(sentence(traceOf("2", [{}], { flags: HELLO_FORCE }), THEN), /because --force/);
  assert.match(sentence(traceOf("2", [{}], { flags: HELLO_NO_CACHE }), THEN), /because --no-cache/);
});

test("make runs always, and what it started is told, the most expensive first", () => {
  const make = { program: "/usr/bin/make", argv: ["make"], fate: { kind: "passed", reason: "barren" } as const };
  const end = (endedUs: number): TracedProcess["end"] => ({ endedUs, how: 0, code: 0, successor: 0, cpuUs: 0 });
  const now = traceOf("2", [make, { parent: 1, argv: ["cc", "-c", "a.c"], end: end(200) }, { parent: 1, argv: ["cc", "-c", "b.c"], end: end(9000) }, { parent: 1, fate: { kind: "planned" } }]);
  const answer = why(now.traced[0] ?? assert.fail(), now, groundOf(now));
  assert.equal(answer.sentence, '"make" runs always: it compares times itself, to decide what to do; of what it started, 1 replayed and 2 run');
  assert.deepEqual(answer.parts.map(({ process }) => process.command), ["cc -c b.c", "cc -c a.c"]);
});

test("who wrote what changed is named with its own cause: in this run, or since the one it is compared with", () => {
  const generator = { argv: ["gen"], program: "/w/gen", weakKey: "00000000000000aa", changes: [{ how: "wrote" as const, at: "\x01W/gen.h" }] };
  const reader = { weakKey: "00000000000000bb", fate: STORED };
  const then = traceOf("1", [{ ...generator, fate: { kind: "stored", strongKey: keyOf("gen") } }, reader]);
  const now = traceOf("2", [{ ...generator, miss: { kind: "differs", strongKey: keyOf("gen"), total: 1, differences: [content("\x01W/gen.txt")] } }, { ...reader, miss: differs(content("\x01W/gen.h")), looked: ["\x01W/gen.h"] }]);
  const [evidence] = why(now.traced[1] ?? assert.fail(), now, groundOf(now, then)).evidence;
  assert.deepEqual([evidence?.writtenBy?.command, evidence?.writtenBy?.because, evidence?.readBy.map(({ command }) => command)], ["gen", '"gen.txt" changed', ["cc -c a.c"]]);
  // What wrote it before that run is not who changed it since.
  const edited = traceOf("2", [{ ...reader, miss: differs(content("\x01W/gen.h")) }]);
  assert.equal(why(edited.traced[0] ?? assert.fail(), edited, groundOf(edited, then)).evidence[0]?.writtenBy, null);
});

test("names that are new in a directory are named, and unknown where they are not kept", () => {
  const now = traceOf("2", [{ miss: differs({ kind: "listed", name: "\x01W/src", what: "names", listings: { was: keyOf("then"), now: keyOf("now") } }) }]);
  const withNames = (trace: Trace, listings: Trace["listings"]): Trace => ({ ...trace, listings });
  const full = [withNames(now, new Map([[keyOf("now"), "\x08a.c\0\x08b.c\0"]])), withNames(THEN, new Map([[keyOf("then"), "\x08a.c\0\x08old.c\0"]]))];
  assert.match(sentence(...full), /the names in "src" changed: \+b\.c, -old\.c$/);
  assert.match(sentence(now, THEN), /which is not known/);
});

test("ten lines are enough, and --all has the rest", () => {
  const now = traceOf("2", [{ miss: differs(...Array.from({ length: 30 }, (_, at) => content(`\x01W/${String(at)}.c`))) }]);
  const answer = why(now.traced[0] ?? assert.fail(), now, groundOf(now, THEN));
  const short = answerLines(answer, false);
  assert.equal(short.length, LINES_MAX);
  assert.match(short.join("\n"), /and \d+ more lines: --all/);
  assert.ok(answerLines(answer, true).length > 60);
});

test("a task is found by its name, a command by its program or a part of its line; who is not known has advice", () => {
  const trace = traceOf("2", [{ program: "/usr/bin/node", fate: { kind: "passed", reason: "barren" } }, { parent: 1, task: "web#build", argv: ["sh", "-c", "vite build"], program: "/bin/sh" }]);
  const commandOf = (name: string): string | undefined => { const found = findProcess(name, [trace], groundOf(trace)); return found.ok ? found.value.process.argv.join(" ") : found.failure.advice; };
  for (const name of ["web#build", "build", "sh", "vite b"]) assert.equal(commandOf(name), "sh -c vite build", name);
  assert.equal(commandOf("web#biuld"), 'Perhaps you mean "web#build"');
});

test("a new command of a task says what its script was", () => {
  const runner = { program: "/usr/bin/node", fate: { kind: "passed", reason: "barren" } as const };
  const task = { parent: 1, task: "a#build", cwd: "\x01W/a", argv: ["/bin/sh", "-c", "node one.js"], fate: STORED };
  const wanted = (script: string): string => newCause({ task: "a#build", words: ["/bin/sh", "-c", script], folder: "\x01W/a" }, [traceOf("1", [runner, task])], ROOTS);
  assert.equal(wanted("node two.js"), 'its command is new: the argument "node two.js" was "node one.js"');
  assert.equal(wanted("node one.js"), "what was stored of it is not in the store any more");
  assert.equal(newCause({ task: "b#build", words: [], folder: null }, [], null), "new: no recorded run has it");
});
