// What is printed while something else has the terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldLog } from "./held-log.ts";
import { printer } from "./render.ts";

function held(charactersMax?: number): { readonly log: HeldLog; readonly said: () => string } {
  const said: string[] = [];
  const sink = (name: string) => ({ write: (text: string) => said.push(`${name}${text}`) });
  return { log: new HeldLog(printer(sink("1:"), sink("2:"), {}), charactersMax), said: () => said.join("") };
}

test("what is held back comes in its order, each on its own stream, and what comes later at once", () => {
  const { log, said } = held();
  const notes: string[] = [];
  const { say, note, failure } = log.printer; // eslint-disable-line @typescript-eslint/unbound-method -- They use no "this".
  say("before");
  log.hold((text) => notes.push(text));
  say("a");
  note("fathom: b");
  failure({ code: "x", message: "c", advice: "d" });
  assert.equal(said(), "1:before\n");
  log.release();
  say("after");
  assert.equal(said(), "1:before\n1:a\n2:fathom: b\n2:fathom: c\n  d\n1:after\n");
  assert.deepEqual(notes, ["fathom: b", "fathom: c\n  d"]);
});

test("of more than is held the last is kept, and how much is left out is said", () => {
  const { log, said } = held(100);
  log.hold(() => undefined);
  for (let line = 10; line < 99; line++) log.printer.say(`line ${String(line)}`);
  log.release();
  const [first = "", ...rest] = said().trimEnd().split("\n");
  assert.equal(Number(/^2:fathom: (\d+) lines that came before these are left out$/.exec(first)?.[1]) + rest.length, 89);
  assert.equal(rest.at(-1), "1:line 98");
});
