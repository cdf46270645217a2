// `fathom whatif`: what a recorded run would take otherwise; and, behind "--", the
// experiments that check such predictions on the build itself.

import { availableParallelism } from "node:os";
import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { whatIf } from "../../explain/whatif.ts";
import { whatIfJson } from "../../explain/whatif-json.ts";
import { whatIfLines } from "../../explain/whatif-text.ts";
import { textsOf, timedRun } from "../timed-run.ts";
import type { Environment, Printer } from "../render.ts";

export interface WhatIfOptions {
  readonly jobs?: readonly number[];
  readonly processors?: number;
  /** Milliseconds. */
  readonly latency?: number;
  readonly all?: true;
  readonly json?: true;
  readonly before?: string;
  readonly measureJobs?: readonly number[];
  readonly measureHit?: string;
  readonly measureDelay?: string;
}

const USAGE_ERROR = 2;
const US_PER_MS = 1000;

export async function whatIfRun(run: string | undefined, behind: readonly string[], options: WhatIfOptions, env: Environment, cwd: string, print: Printer): Promise<number> {
  const experiments = [options.measureJobs, options.measureHit, options.measureDelay].filter((each) => each !== undefined).length;
  if (experiments > 0 || behind.length > 0) {
    const { measure } = await import("../measure.ts");
    return measure(behind, options, env, cwd, print);
  }
  const timed = timedRun(run, env, cwd);
  const answered = timed.ok && timed.value.steps.all.length === 0 ? nothing(timed.value.trace.id) : timed;
  if (!answered.ok) {
    print.failure(answered.failure);
    return answered.failure.code === "no-runs" ? 1 : USAGE_ERROR;
  }
  const { trace, steps, unread } = answered.value;
  for (const failure of unread) print.failure(failure);
  const answer = whatIf(trace, steps, {
    jobs: options.jobs ?? null, processors: options.processors ?? availableParallelism(), latencyUs: options.latency === undefined ? null : options.latency * US_PER_MS,
  });
  if (options.json === true) print.value(whatIfJson(answer, textsOf(answered.value)));
  else for (const line of whatIfLines(answer, textsOf(answered.value), options.all === true)) print.say(line);
  return 0;
}

const nothing = (id: string): Result<never, Failure> => fail({ code: "run-unknown", message: `Cannot predict anything from run "${id}": no process is in its trace`, advice: "\"fathom runs\" lists the others" });

/** "1,2,4" */
export function parseCounts(text: string): Result<readonly number[], string> {
  const counts = text.split(",").map((each) => (/^\d{1,4}$/.test(each) ? Number(each) : 0));
  return counts.every((count) => count > 0) ? ok(counts) : fail("expected whole numbers such as 1,2,4");
}

/** "50ms", "1.5s": milliseconds. */
export function parseTime(text: string): Result<number, string> {
  const found = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s)$/.exec(text);
  return found === null ? fail("expected a time such as 50ms or 1.5s") : ok(Number(found[1]) * (found[2] === "s" ? 1000 : 1));
}
