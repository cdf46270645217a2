// `fathom races`: what of a recorded run nothing orders. Reads the run and the store,
// and asks the build tools for the order that they know.

import type { Failure } from "../../base/result.ts";
import { Declared } from "../../explain/declared.ts";
import { racesJson } from "../../explain/races-json.ts";
import { racesLines } from "../../explain/races-text.ts";
import { races as racesOf } from "../../explain/races.ts";
import { declaredGraphs } from "../declared-graphs.ts";
import { recorded, runNamed } from "../recorded.ts";
import type { Environment, Printer } from "../render.ts";

export interface RacesOptions {
  readonly all?: true;
  readonly json?: true;
}

const USAGE_ERROR = 2;
/** As `--verify` ends when it found something. */
const FOUND = 3;

export function races(name: string | undefined, options: RacesOptions, env: Environment, cwd: string, print: Printer): number {
  const failed = (failure: Failure): number => {
    print.failure(failure);
    return failure.code === "no-runs" ? 1 : USAGE_ERROR;
  };
  const place = recorded(env, cwd);
  if (!place.ok) return failed(place.failure);
  const { runs, ground } = place.value;
  const named = runNamed(name, place.value);
  if (!named.ok) return failed(named.failure);
  const id = named.value ?? runs.ids[0] ?? "";
  const trace = runs.get(id);
  if (trace === null) return failed(runs.failures[0] ?? { code: "run-unknown", message: `Cannot read run "${id}"` });
  const answer = racesOf(trace, new Declared(declaredGraphs(trace, ground, env)), ground);
  if (options.json === true) print.value(racesJson(answer));
  else for (const line of racesLines(answer, options.all === true)) print.say(line);
  return answer.races.length === 0 ? 0 : FOUND;
}
