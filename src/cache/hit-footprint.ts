// What a hit comes to for the unit around it: the same footprint as if the
// command had run here, in the states that hold now. Asked for before the
// replay, which may change a directory that was listed.

import type { Disk } from "../base/disk.ts";
import type { AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { Signature } from "../base/signature.ts";
import type { EnvironmentUse, Footprint, Observation } from "../ledger/footprint.ts";
import type { Store } from "../store/store.ts";
import { damaged, isAboutPath, listedState, permissionsFrom, typeFrom, type State, type Subject } from "./facts.ts";
import { candidatesIn, librariesAmong } from "./libraries.ts";
import { decodeOutput } from "./output.ts";
import { withoutIgnored } from "./programs.ts";
import type { Roots } from "./roots.ts";
import type { Hit } from "./verify.ts";

export interface HitContext {
  readonly disk: Disk;
  readonly store: Store;
  readonly roots: Roots;
}

const moved = (path: AbsPath): Failure => ({ code: "changed-during-run", message: `Cannot use an entry: "${path}" changed after it was checked` });

export function footprintOf(hit: Hit, context: HitContext): Result<Omit<Footprint, "doubts">, Failure> {
  const { entry } = hit;
  const checked = hit.checked();
  if (checked === null) return fail(damaged("a path set"));
  const observations: Observation[] = [];
  let libraries: ReadonlySet<string> | null = null;
  for (const [index, subject] of checked.subjects.entries()) {
    if (!isAboutPath(subject)) continue;
    const observation = subject.kind === "searched" ? searched(subject.name, checked.states[index], libraries ??= librariesAmong(checked.subjects), context) : observationOf(subject, checked.states[index], checked.signatures[index] ?? null, context);
    if (!observation.ok) return observation;
    observations.push(observation.value);
  }
  const output = entry.output === null ? null : context.store.getBlob(entry.output);
  if (output !== null && !output.ok) return output;
  const chunks = output === null ? ok([]) : decodeOutput(output.value);
  if (!chunks.ok) return chunks;
  const located = (token: string): AbsPath[] => {
    const path = context.roots.locate(token);
    return path === null ? [] : [path];
  };
  return ok({
    observations,
    environment: environmentOf(checked.subjects),
    moves: entry.moves.flatMap((move) => located(move.from).flatMap((from) => located(move.to).map((to) => ({ from, to })))),
    touched: entry.effects.flatMap(({ at }) => located(at)),
    created: [],
    folders: [],
    output: chunks.value,
  });
}

function environmentOf(subjects: readonly Subject[]): EnvironmentUse {
  const names = subjects.filter(({ kind }) => kind === "variable").map(({ name }) => name);
  return { kind: subjects.some(({ kind }) => kind === "all-variables") ? "all" : "names", names };
}

/** For a unit around it all names count. */
function searched(name: string, state: State | undefined, libraries: ReadonlySet<string>, { disk, roots }: HitContext): Result<Observation, Failure> {
  const path = roots.locate(name);
  if (path === null) return fail(damaged("an entry"));
  const all = disk.list(path);
  return all !== null && listedState(candidatesIn(all, libraries)) === state ? ok({ kind: "listed", path, names: withoutIgnored(name, all) }) : fail(moved(path));
}

function observationOf(subject: Subject, state: State | undefined, signature: Signature | null, { disk, roots }: HitContext): Result<Observation, Failure> {
  const path = roots.locate(subject.name);
  if (path === null || state === undefined) return fail(damaged("an entry"));
  if (subject.kind === "missing" || subject.kind === "denied") return ok({ kind: subject.kind, path });
  if (subject.kind === "type") {
    const type = typeFrom(state);
    return type === null ? fail(damaged("an entry")) : ok({ kind: "type", path, type });
  }
  if (subject.kind === "permissions") {
    const permissions = permissionsFrom(state);
    return permissions === null ? fail(damaged("an entry")) : ok({ kind: "permissions", path, permissions });
  }
  if (signature === null) return fail(moved(path));
  switch (subject.kind) {
    case "listed": {
      const all = disk.list(path);
      const names = all === null ? null : withoutIgnored(subject.name, all);
      return names !== null && listedState(names) === state ? ok({ kind: "listed", path, names }) : fail(moved(path));
    }
    case "link": {
      const target = roots.locateText(state.slice(1));
      return target === null ? fail(moved(path)) : ok({ kind: "link", path, target });
    }
    default:
      return ok({ kind: "content", path, signature, timed: subject.kind === "timed", isRead: true });
  }
}
