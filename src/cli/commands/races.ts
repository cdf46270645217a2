// `fathom races`: what of a recorded run nothing orders. Reads the run and the store,
// asks the build tools for the order that they know, and with --confirm runs the build
// again, in copies of the workspace.

import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { realClock } from "../../base/clock.ts";
import { realDisk } from "../../base/real-disk.ts";
import { Declared } from "../../explain/declared.ts";
import type { RacesAnswer } from "../../explain/races-answer.ts";
import { racesJson } from "../../explain/races-json.ts";
import { writtenBy } from "../../explain/races-missing.ts";
import { proven, REHEARSALS_MAX, REHEARSALS_MS_MAX, type Again } from "../../explain/races-proof.ts";
import { racesLines } from "../../explain/races-text.ts";
import { races as racesOf } from "../../explain/races.ts";
import { declaredGraphs, wouldRun } from "../declared-graphs.ts";
import { nativeProgram, packageRoot } from "../places.ts";
import { recorded, runNamed, type Recorded } from "../recorded.ts";
import type { Environment, Printer } from "../render.ts";
import { duration } from "../summary.ts";
import { userStoreFolder } from "../user-store.ts";
import { Views } from "../rehearsal.ts";

export interface RacesOptions {
  readonly confirm?: true;
  readonly all?: true;
  readonly json?: true;
}

const USAGE_ERROR = 2;
/** As `--verify` ends when it found something. */
const FOUND = 3;

export async function races(name: string | undefined, options: RacesOptions, env: Environment, cwd: string, print: Printer): Promise<number> {
  const place = recorded(env, cwd);
  const answer = place.ok ? await ask(name, options, place.value, env, print) : place;
  if (!answer.ok) {
    print.failure(answer.failure);
    return answer.failure.code === "no-runs" ? 1 : USAGE_ERROR;
  }
  if (options.json === true) print.value(racesJson(answer.value));
  else for (const line of racesLines(answer.value, options.all === true)) print.say(line);
  return answer.value.races.length === 0 ? 0 : FOUND;
}

async function ask(name: string | undefined, { confirm }: RacesOptions, place: Recorded, env: Environment, print: Printer): Promise<Result<RacesAnswer, Failure>> {
  const { runs, ground } = place;
  const named = runNamed(name, place);
  if (!named.ok) return named;
  const [newest = null] = named.value === null ? ground.before(null) : [];
  const trace = named.value === null ? newest : runs.get(named.value);
  if (trace === null) return fail(runs.failures[0] ?? { code: "run-unknown", message: "Cannot read any recorded run" });
  if (named.value === null) for (const failure of runs.failuresAfter(trace.id)) print.failure(failure);
  const store = userStoreFolder(env);
  if (!store.ok) return store;
  const { roots } = ground;
  const disk = realDisk(realClock);
  const views = new Views({ disk, roots, store: store.value, supervisor: nativeProgram(packageRoot()) });
  const { declaredTasks } = await import("../declared-tasks.ts");
  const found = racesOf(trace, new Declared(declaredGraphs(trace, ground, disk, env, views), await declaredTasks(trace, disk)), ground);
  if (confirm !== true) return ok(found.answer);
  const without = [...new Set(writtenBy(trace.traced, ground))].flatMap((at) => roots.locate(at) ?? []);
  const startedNs = realClock.nowNs();
  let count = 0;
  const again = (seed: number | null, more: readonly string[]): Result<Again, Failure> | null => {
    const leftMs = REHEARSALS_MS_MAX - Number((realClock.nowNs() - startedNs) / 1_000_000n);
    if (leftMs <= 0) return null;
    count += 1;
    print.note(`fathom: run ${String(count)} of at most ${String(REHEARSALS_MAX)} in a copy of the workspace (the recorded one took ${duration(BigInt(trace.wallUs) * 1000n)})`);
    const run = views.run({ words: [...trace.command, ...more], cwd: trace.cwd, env, without, seed, mostMs: leftMs });
    return run.ok ? ok({ trace: run.value.trace, lastLine: (run.value.stderr.trimEnd() || run.value.stdout.trimEnd()).split("\n").at(-1) ?? "" }) : run;
  };
  return ok(proven(found, trace, { again, wouldRun: (missing, newer) => wouldRun(missing.target.graph, trace, newer, ground, env) }, ground));
}
