// Which experiments prove a race. Builds that are really run again are in test/races/.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../base/result.ts";
import { Declared } from "./declared.ts";
import { groundOf, traceOf } from "./fake-trace.ts";
import { proven, type Experiments } from "./races-proof.ts";
import type { RacesAnswer } from "./races-answer.ts";
import { races } from "./races.ts";
import { DID, type Links } from "./touch.ts";
import type { Trace, TracedProcess } from "./trace.ts";

const LINKS: Links = { input: 0, output: 0, error: 0, isLinked: false, hears: false };
const step = (began: number, ended: number, code: number, did: number): Partial<TracedProcess> => ({
  parent: 1, argv: [`step-${String(began)}`], order: { began, ended, links: LINKS }, startedUs: began, end: { endedUs: ended, how: 0, code, successor: 0, cpuUs: 1 },
  touched: [{ at: "\x01W/x", did, looked: [began + 1, began + 1], changed: did === DID.read ? null : [began + 1, began + 1] }],
});
const build = (code: number): Trace => traceOf("one", [
  { program: "/usr/bin/make", argv: ["make"], order: { began: 1, ended: 100, links: LINKS }, end: { endedUs: 100, how: 0, code, successor: 0, cpuUs: 1 } }, step(10, 40, 0, DID.wrote), step(20, 60, code === 0 ? 0 : 1, DID.read),
], { exit: { how: 0, code } });

/** `fails`: in which schedules; -j1 never does. */
function proof(recorded: Trace, fails: (seed: number | null) => boolean): { readonly answer: RacesAnswer; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const experiments: Experiments = {
    again: (seed, more) => { asked.push([seed, ...more].join(" ")); return ok({ trace: traceOf("two", [{}], { exit: { how: 0, code: more.length === 0 && fails(seed) ? 2 : 0 } }), lastLine: "Error 1" }); },
    wouldRun: () => null,
  };
  const ground = groundOf(recorded);
  return { answer: proven(races(recorded, new Declared([]), ground), recorded, experiments, ground), asked };
}

test("what fails in its own schedule and not with -j1 is proven without another one", () => {
  const { answer, asked } = proof(build(2), (seed) => seed === null);
  const [race] = answer.races;
  assert.deepEqual([race?.grade, race?.confirmation], ["confirmed", { by: "perturb", seed: null, shown: "it ended with 2 (\"Error 1\"), and with -j1 it does not fail" }]);
  // One that holds one of the two back comes first: it could have shown them the other way round.
  assert.deepEqual(asked.slice(1), ["", " -j1"]);
});

test("a recorded run that failed is what proves it where no further one does", () => {
  assert.equal(proof(build(2), () => false).answer.races[0]?.confirmation?.shown, "the recorded run ended with 2, and with -j1 it does not fail");
});

test("what fails in no run is not proven", () => {
  assert.equal(proof(build(0), () => false).answer.races[0]?.confirmation, null);
});
