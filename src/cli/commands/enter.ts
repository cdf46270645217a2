// `fathom enter <run>:<unit>`: a view in which everything that a past step relied on
// is what it was then, as far as somebody still has it; what is missing is named.

import { realClock } from "../../base/clock.ts";
import { isWithin, toText, type AbsPath } from "../../base/path.ts";
import { realDisk } from "../../base/real-disk.ts";
import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { mtimeNsOf, permissionsOf, typeOf } from "../../base/signature.ts";
import { factsOf } from "../../explain/diff/facts.ts";
import { findProcess, wholeRun, type FoundProcess } from "../../explain/find.ts";
import { pastInputs, type Past, type PastInput } from "../../explain/past-inputs.ts";
import { commandText, plural } from "../../explain/words.ts";
import { layInputs, type Input } from "../../view/inputs.ts";
import { discardView } from "../../view/make.ts";
import { endAs } from "../child.ts";
import { GreenContent } from "../green-content.ts";
import { recorded, runNamed, type Recorded } from "../recorded.ts";
import { refuse, type Environment, type Printer } from "../render.ts";
import { freshName } from "../view-text.ts";
import { runInView } from "../view-run.ts";
import { newView, openReady, type Views } from "../views.ts";

export interface EnterOptions {
  readonly json?: true;
}

const FAILED = 1;
const USAGE_ERROR = 2;
/** Names of one list. */
const NAMES_MAX = 10;

interface Step {
  readonly place: Recorded;
  readonly found: FoundProcess;
  readonly past: Past;
}

export async function enterPast(name: string, command: readonly string[], options: EnterOptions, env: Environment, cwd: string, print: Printer): Promise<number> {
  const say = (failure: Failure, code: number): number => refuse(print, failure, code, { isJson: options.json === true, where: "stderr" });
  const step = stepNamed(name, env, cwd);
  if (!step.ok) return say(step.failure, step.failure.code === "no-runs" ? FAILED : USAGE_ERROR);
  const views = openReady(env, toText(folderOf(step.value)));
  if (!views.ok) return say(views.failure, FAILED);
  const made = newView(views.value, freshName("enter", realClock.realtimeNs(), process.pid), { isPinned: false, hides: [], isLazy: false, fixedTimeS: null });
  if (!made.ok) return say(made.failure, FAILED);
  const put = inputsOf(step.value, views.value);
  const laid = layInputs(made.value, put.inputs, views.value);
  if (laid.ok) tell(step.value, put, made.value.name, options, print);
  const ran = laid.ok ? await runInView(views.value, made.value, command.length === 0 ? [env["SHELL"] ?? "/bin/sh"] : command, env, print) : laid;
  if (!ran.ok) {
    discardView(made.value, views.value.disk, views.value.folder);
    return say(ran.failure, FAILED);
  }
  const { end, decision } = ran.value;
  if (decision.changes.length === 0 && decision.conflicts.length === 0) discardView(made.value, views.value.disk, views.value.folder);
  else if (options.json !== true) print.note(`fathom: kept as "${made.value.name}": fathom view diff|enter|commit|discard ${made.value.name}`);
  endAs(end);
  return end.kind === "exited" ? end.code : FAILED;
}

/** Where the step stood, if that is still there. */
function folderOf({ place, found }: Step): AbsPath {
  const folder = place.ground.roots.locate(found.process.cwd);
  return folder !== null && isWithin(folder, place.workspace) && realDisk(realClock).list(folder) !== null ? folder : place.workspace;
}

function stepNamed(name: string, env: Environment, cwd: string): Result<Step, Failure> {
  const place = recorded(env, cwd);
  if (!place.ok) return place;
  const [run, unit] = name.includes(":") ? [name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1)] : ["", name];
  const named = runNamed(run === "" ? undefined : run, place.value);
  if (!named.ok) return named;
  const { runs, ground } = place.value;
  const only = named.value === null ? null : runs.get(named.value);
  if (named.value !== null && only === null) return fail(runs.failures[0] ?? { code: "run-unknown", message: `Cannot read run "${named.value}"` });
  const traces = only === null ? ground.before(null) : [only];
  const whole = unit === "" && only !== null ? wholeRun(only) : null;
  const found = whole === null ? findProcess(unit, traces, ground) : ok(whole);
  if (!found.ok) return found;
  const facts = factsOf(found.value.process, ground);
  if (facts === null) {
    return fail({ code: "unit-not-stored", message: `Cannot show what "${commandText(found.value.process, ground.roots)}" was given: of that run nothing is stored of it`, advice: `"fathom why" says why not; a step below it may be stored ("fathom why --run ${found.value.trace.id}")` });
  }
  return ok({ place: place.value, found: found.value, past: pastInputs(facts, ground.roots) });
}

interface Put {
  readonly inputs: readonly Input[];
  /** Inside: nobody has what it was. */
  readonly missing: readonly AbsPath[];
  /** Outside, where nothing is put back. */
  readonly other: readonly AbsPath[];
}

function inputsOf({ place, found, past }: Step, { disk, store, workspace }: Views): Put {
  const { trace } = found;
  const content = new GreenContent(workspace, store, Number((trace.startedNs + BigInt(trace.wallUs) * 1000n) / 1_000_000_000n));
  const inputs: Input[] = [];
  // What is no directory has nothing in it, whatever else was asked.
  const ends = new Set<string>();
  const isBelowEnd = (path: string): boolean => path.split("/").some((_, parts, all) => ends.has(all.slice(0, parts + 1).join("/")));
  const missing: AbsPath[] = [];
  for (const [index, state] of disk.signatures(past.inside.map(({ at }) => at)).entries()) {
    const input = past.inside[index];
    if (input === undefined) continue;
    const path = input.at.slice(place.workspace.length + 1);
    const now = state === "error" ? null : (state ?? null);
    const isBelow = isBelowEnd(path);
    if (isBelow && input.kind !== "file") continue;
    if (input.kind !== "directory" && (input.kind !== "absent" || now !== null)) ends.add(path);
    switch (input.kind) {
      case "absent":
        if (now !== null) inputs.push({ kind: "absent", path });
        break;
      case "directory":
        if (now === null || typeOf(now) !== "directory") inputs.push({ kind: "directory", path });
        break;
      case "link":
        if (disk.readLink(input.at) !== input.target) inputs.push({ kind: "link", path, target: input.target });
        break;
      case "file": {
        const isSame = now !== null && permissionsOf(now) === input.permissions && (input.mtimeNs === null || mtimeNsOf(now) === input.mtimeNs) && disk.hashFiles([input.at])[0]?.digest === input.digest;
        const bytes = isSame || isBelow ? null : bytesOf(input, content, disk);
        if (bytes !== null) inputs.push({ kind: "file", path, content: bytes, permissions: input.permissions, mtimeNs: input.mtimeNs });
        else if (!isSame) missing.push(input.at);
      }
    }
  }
  const outside = disk.hashFiles(past.outside.map(({ at }) => at));
  return { inputs, missing, other: past.outside.filter(({ digest }, index) => outside[index]?.digest !== digest).map(({ at }) => at) };
}

function bytesOf({ at, digest }: Extract<PastInput, { readonly kind: "file" }>, content: GreenContent, disk: Views["disk"]): Buffer | null {
  const [now] = disk.hashFiles([at]);
  const read = now?.digest === digest ? disk.readFile(at) : null;
  return read?.ok === true ? read.value : content.of(at, digest);
}

function tell({ place, found }: Step, { inputs, missing, other }: Put, view: string, options: EnterOptions, print: Printer): void {
  const text = commandText(found.process, place.ground.roots);
  if (options.json === true) {
    print.note(JSON.stringify({ view, run: found.trace.id, command: text, restored: inputs.map(({ path, kind }) => ({ path: toText(path), kind })), missing: missing.map(toText), otherOutside: other.map(toText) }));
    return;
  }
  print.note(`fathom: what "${text}" of run ${found.trace.id} was given: ${inputs.length === 0 ? "all of it is as it was" : `${plural(inputs.length, "name", "names")} put back`}`);
  const list = (what: string, paths: readonly AbsPath[]): void => {
    if (paths.length > 0) print.note(`fathom: ${what}: ${paths.slice(0, NAMES_MAX).map((path) => `"${toText(path)}"`).join(", ")}${paths.length > NAMES_MAX ? ` and ${String(paths.length - NAMES_MAX)} more` : ""}`);
  };
  list("nobody has any more what it was, so it is as it is now", missing);
  list("outside the workspace, and not what it was", other);
}
