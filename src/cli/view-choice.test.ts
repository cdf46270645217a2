// Who gets a view of the tasks, and who gets lines.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isInFront, whyNoView, type Onlooker } from "./view-choice.ts";

const PERSON: Onlooker = { env: { TERM: "xterm" }, isInputTerminal: true, isOutputTerminal: true, columns: 80, rows: 24, isInFront: true };

test("a person at a terminal gets a view", () => {
  assert.equal(whyNoView(PERSON), null);
  assert.equal(whyNoView({ ...PERSON, env: { TERM: "xterm", CI: "false" } }), null);
});

test("where output is piped, in CI, for agents, in the background and where there is no room there is none, and why is said", () => {
  const other = (what: Partial<Onlooker>): string | null => whyNoView({ ...PERSON, ...what });
  assert.equal(other({ isOutputTerminal: false }), "the output is no terminal");
  assert.equal(other({ isInputTerminal: false }), "the input is no terminal");
  assert.equal(other({ env: { TERM: "dumb" } }), "TERM names no terminal that can show one");
  assert.equal(other({ env: { TERM: "xterm", CI: "true" } }), "CI is set");
  assert.equal(other({ env: { TERM: "xterm", CLAUDECODE: "1" } }), "an agent reads the output");
  assert.equal(other({ rows: 10 }), "the terminal has 80 columns and 10 rows; 60 and 16 are needed");
  assert.equal(other({ isInFront: false }), "it runs in the background");
});

test("who is in front is read behind a name that may hold anything", () => {
  assert.equal(isInFront("41 (a ) b) R 1 41 40 34816 41 4194304"), true);
  assert.equal(isInFront("41 (node) R 1 41 40 34816 77 4194304"), false);
});
