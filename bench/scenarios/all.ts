// Every scenario, by name; the order is that of `npm run bench -- --all`.

import type { Scenario } from "../scenario.ts";
import { lmdb, lua, nginx, redis, sqlite, xz, zlib } from "./c.ts";
import { reactEsbuild, reactTypescript7, self, typescript } from "./javascript.ts";
import { commonsLang, fzf, ripgrep } from "./others.ts";

const LIST = [lmdb, self, lua, zlib, nginx, redis, xz, sqlite, typescript, reactTypescript7, reactEsbuild, fzf, commonsLang, ripgrep];

export const scenarios: ReadonlyMap<string, Scenario> = new Map(LIST.map((scenario) => [scenario.name, scenario]));

/** Throws when a name is not known. */
export const namedScenarios = (names: readonly string[]): readonly Scenario[] => names.map((name) => {
  const scenario = scenarios.get(name);
  if (scenario === undefined) throw new Error(`Cannot measure "${name}": expected one of ${[...scenarios.keys()].join(", ")}`);
  return scenario;
});
