// A recorded run as questions about time see it: its processes and its steps.

import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { HELLO_TASKS } from "../tap/messages.ts";
import type { Texts } from "../explain/profile-text.ts";
import { spansOf, type Spans } from "../explain/spans.ts";
import { stepsOf, type Steps } from "../explain/steps.ts";
import type { Ground } from "../explain/ground.ts";
import type { Trace } from "../explain/trace.ts";
import { recorded, runNamed } from "./recorded.ts";
import type { Environment } from "./render.ts";

export interface TimedRun {
  readonly trace: Trace;
  readonly spans: Spans;
  readonly steps: Steps;
  readonly ground: Ground;
  /** Of later runs, which cannot be read. */
  readonly unread: readonly Failure[];
}

export const textsOf = ({ trace, ground: { roots } }: TimedRun): Texts => ({ trace, roots });

/** `name`: of a run, or a part of it; undefined: the newest that can be read. */
export function timedRun(name: string | undefined, env: Environment, cwd: string): Result<TimedRun, Failure> {
  const place = recorded(env, cwd);
  if (!place.ok) return place;
  const named = runNamed(name, place.value);
  if (!named.ok) return named;
  const { runs, ground } = place.value;
  const [newest] = named.value === null ? ground.before(null) : [];
  const trace = named.value === null ? newest : runs.get(named.value);
  if (trace === null || trace === undefined) return fail(runs.failures[0] ?? { code: "run-unknown", message: "Cannot read any recorded run" });
  const spans = spansOf(trace);
  return ok({ trace, spans, steps: stepsOf(spans, (trace.flags & HELLO_TASKS) !== 0), ground, unread: named.value === null ? runs.failuresAfter(trace.id) : [] });
}
