// Why a run was red that was green before: one sentence, the way from the cause to the
// failure, what else was as it should not be, and what to do. The experiments are handed
// in; without them every cause is called what it is, a suspicion.

import { nameOf, runName } from "../ground.ts";
import type { ProcessName, RunName } from "../answer.ts";
import { exitText } from "../diff/divergence.ts";
import type { Trace, TracedProcess } from "../trace.ts";
import { cut } from "../words.ts";
import { exitOf, failingOf, type Failing } from "./failing.ts";
import { leftoversOf, type Leftover } from "./leftovers.ts";
import { IS_STATE, RESOURCE_ADVICE, RESOURCE_TEXT, signsOf, type Resource, type Sign } from "./resources.ts";
import { suspectsOf, type Step, type Suspect, type SuspectGround } from "./suspects.ts";
import { judge, type Judgement, type Trials } from "./trials.ts";

export type CauseKind = Suspect["rootKind"] | Resource | "flaky" | "not-found";

export interface Cause {
  readonly kind: CauseKind;
  /** A path from the workspace, a variable, an argument; "" where there is none. */
  readonly name: string;
  /** Half a sentence. */
  readonly text: string;
  readonly certainty: "confirmed" | "consistent" | "guess";
  /** What the experiments say, as a sentence; null: there were none. */
  readonly evidence: string | null;
  readonly chain: readonly Step[];
}

export interface Moment {
  /** Nanoseconds since 1970. */
  readonly atNs: bigint;
  readonly text: string;
}

export interface Postmortem {
  readonly sentence: string;
  readonly red: RunName;
  readonly green: RunName;
  /** Null: nobody is known to have failed. */
  readonly failing: { readonly process: ProcessName; readonly exit: string; readonly error: string | null; readonly isHidden: boolean; readonly cameToLightIn: ProcessName } | null;
  readonly cause: Cause;
  /** Other differences of the failing unit that are neither confirmed nor cleared, then those that experiments cleared. */
  readonly others: readonly Cause[];
  readonly cleared: readonly string[];
  readonly conditions: readonly string[];
  /** Processes of the green run that did not run, or failed, in the red one. */
  readonly downstream: { readonly count: number; readonly named: readonly string[] };
  readonly timeline: readonly Moment[];
  readonly actions: readonly string[];
  readonly unknowns: readonly string[];
}

export interface PostmortemGround extends SuspectGround {
  readonly trialsFor: (failing: Failing) => Trials | null;
  readonly errorIn: (said: string) => string | null;
}

export function postmortem(of: PostmortemGround): Postmortem {
  const { first: green, second: red, ground, alignment } = of;
  const failing = failingOf(green, red, alignment);
  const suspects = failing === null ? [] : suspectsOf(failing, of);
  const leftovers = failing === null ? [] : leftoversOf(failing, of);
  const trials = failing === null ? null : of.trialsFor(failing);
  const judgement: Judgement = trials === null ? { kind: "not-run", why: "it changes what lies outside of the workspace, or its command is not known whole" } : judge(suspects, trials);
  const signs = failing === null ? [] : signsOfAll([...new Set([failing.process, failing.visible, ...failing.pairs.map((pair) => pair.second), failing.unit])], of);
  const [cause, others] = causesOf(suspects, signs, judgement);
  const cleared = judgement.kind === "confirmed" || judgement.kind === "cleared" ? judgement.cleared.map(({ text }) => text) : [];
  const name = (process: TracedProcess): ProcessName => nameOf(wholeOf(process, red), red, ground);
  const failed = failing === null ? null : {
    process: name(failing.process), exit: exitText(exitOf(failing.process, red)), error: of.errorIn(failing.process.failed?.said ?? "") ?? of.errorIn(failing.visible.failed?.said ?? ""), isHidden: failing.isHidden, cameToLightIn: name(failing.visible),
  };
  return {
    sentence: sentenceOf(failed, cause, leftovers), red: runName(red, ground), green: runName(green, ground), failing: failed, cause, others, cleared, conditions: [...leftovers.map(({ text }) => text), ...conditionsOf(failing, signs, cause, judgement)],
    downstream: downstreamOf(failing, of), timeline: timelineOf(failing, of), actions: [...leftovers.map(({ advice }) => advice), ...actionsOf(cause, failing)], unknowns: unknownsOf(of, judgement, failing),
  };
}

/** Of who failed, and of those around it: a compiler says that one of its parts was killed. */
function signsOfAll(processes: readonly TracedProcess[], { second: red, ground: { roots } }: PostmortemGround): readonly Sign[] {
  const temporary = [roots.pathOf("T"), "/tmp"].flatMap((folder) => (folder === null ? [] : [folder]));
  const all = processes.flatMap((process) => signsOf(process, exitOf(process, red), temporary));
  return all.filter(({ resource }, at) => all.findIndex((each) => each.resource === resource) === at);
}

/** A compiler's parts are its own business: what somebody called is named. */
function wholeOf(process: TracedProcess, red: Trace): TracedProcess {
  const isPart = process.fate.kind === "passed" && (process.fate.reason === "part" || process.fate.reason === "handed-on");
  const above = isPart ? red.traced.find(({ image }) => image === process.parent) : undefined;
  return above === undefined ? process : wholeOf(above, red);
}

function sentenceOf(failed: Postmortem["failing"], { kind, text, certainty }: Cause, [leftover]: readonly Leftover[]): string {
  if (failed === null) return "No process of this run is known to have failed";
  const what = `"${cut(failed.process.command)}" failed (exit ${failed.exit})${failed.isHidden ? ", which nobody noticed," : ""}`;
  return kind === "not-found" ? `${what}, and the cause was not found: ${text}` : `${what} because ${text} (${certainty})${leftover === undefined ? "" : `; "${leftover.name}", which it read, is stale`}`;
}

const causeOf = ({ rootKind, name, text, chain }: Suspect, certainty: Cause["certainty"], evidence: string | null): Cause => ({ kind: rootKind, name, text, certainty, evidence, chain });

function causesOf(suspects: readonly Suspect[], signs: readonly Sign[], judgement: Judgement): readonly [Cause, readonly Cause[]] {
  const plain = (kind: CauseKind, text: string, certainty: Cause["certainty"], evidence: string | null): Cause => ({ kind, name: "", text, certainty, evidence, chain: [] });
  const ofSign = ({ resource, name, text }: Sign, evidence: string | null): Cause => ({ ...plain(resource, `${RESOURCE_TEXT[resource]} (${text})`, "consistent", evidence), name });
  const notFound = (text: string, evidence: string | null): Cause => plain("not-found", text, "guess", evidence);
  const open = (left: readonly Suspect[], evidence: string | null): readonly [Cause, readonly Cause[]] => {
    const [most, ...rest] = left.map((suspect) => causeOf(suspect, "consistent", evidence));
    const [sign] = signs;
    if (most !== undefined && (sign === undefined || !IS_STATE.has(sign.resource))) return [most, rest];
    return [sign === undefined ? notFound("nothing that is known of differs from the green run", evidence) : ofSign(sign, evidence), most === undefined ? [] : [most, ...rest]];
  };
  switch (judgement.kind) {
    case "confirmed": {
      const evidence = judgement.guilty.length === 1 ? "It fails as it is, and succeeds with this as it was in the green run" : "It fails as it is, and succeeds with these, and no fewer of them, as they were in the green run";
      const [most, ...rest] = judgement.guilty.map((suspect) => causeOf(suspect, "confirmed", evidence));
      return most === undefined ? open([], evidence) : [most, rest];
    }
    case "cleared": {
      if (judgement.open.length > 0) return open(judgement.open, "It still fails with the others as they were; this one could not be put back");
      if (signs.length > 0) return open([], "It fails again, and not because of anything that differs");
      return [notFound(judgement.cleared.length > 0 ? "it fails with all that differs as it was in the green run" : "nothing that is known of differs from the green run, and it fails each time", "It was run again with each of them"), []];
    }
    case "open": return open(judgement.open, "It fails again; no content of the green run is left to try it with");
    case "not-run": return open(suspects, null);
    case "passes": {
      const early = suspects.find(({ rootKind }) => rootKind === "order");
      if (early !== undefined) return [causeOf(early, judgement.failures === 0 ? "confirmed" : "consistent", "Now that it is there, the same command succeeds"), []];
      if (judgement.failures > 0) return [plain("flaky", `it is flaky: of ${String(judgement.runs)} runs from one state ${String(judgement.failures)} failed`, "confirmed", "It was run several times from one state"), []];
      const [sign] = signs;
      const evidence = `It succeeded ${String(judgement.runs)} times from the present state`;
      if (sign !== undefined) return [ofSign(sign, evidence), []];
      if (suspects.length > 0) return open(suspects, `${evidence}: the state has changed since, or it is flaky`);
      return [plain("flaky", "it is flaky, or what made it fail is over: it fails no more, and nothing that is known of differed", "consistent", evidence), []];
    }
  }
}

function conditionsOf(failing: Failing | null, signs: readonly Sign[], cause: Cause, judgement: Judgement): readonly string[] {
  if (failing === null) return [];
  return [
    ...signs.filter(({ resource }) => resource !== cause.kind).map(({ resource, text }) => `Perhaps ${RESOURCE_TEXT[resource]}: ${text}`),
    ...(failing.isHidden ? ["Its exit code was not looked at: in a pipe only the last one counts, unless \"set -o pipefail\" is given"] : []),
    ...(failing.process.fate.kind === "refused" && failing.process.fate.code === "network" ? ["It used the network, of which nothing is recorded"] : []),
    ...(judgement.kind === "passes" && judgement.failures > 0 && cause.kind !== "flaky" ? [`It does not fail each time: ${String(judgement.failures)} of ${String(judgement.runs)}`] : []),
  ];
}

const NAMED_MAX = 10;

function downstreamOf(failing: Failing | null, { alignment, first, second, ground }: PostmortemGround): Postmortem["downstream"] {
  const missing = new Set(alignment.onlyFirst.map(({ image }) => image));
  const green = failing?.greenUnit ?? null;
  // What the unit itself starts is part of its failure.
  const within = new Set(green === null ? [] : [green.image]);
  for (const { image, parent } of first.traced) if (within.has(parent)) within.add(image);
  const outermost = alignment.onlyFirst.filter(({ parent, image, startedUs }) => !missing.has(parent) && !within.has(image) && (green === null || startedUs >= green.startedUs));
  const later = failing === null || failing.visible === failing.process ? [] : [nameOf(failing.visible, second, ground).command];
  const named = [...later, ...outermost.map((process) => nameOf(process, first, ground).command)];
  return { count: named.length, named: named.slice(0, NAMED_MAX).map((command) => cut(command)) };
}

function timelineOf(failing: Failing | null, { first, second, ground }: PostmortemGround): readonly Moment[] {
  const at = (us: number): bigint => second.startedNs + BigInt(us) * 1000n;
  const named = (process: TracedProcess): string => `"${cut(nameOf(wholeOf(process, second), second, ground).command)}"`;
  const moments: Moment[] = [
    { atNs: first.startedNs, text: `The green run began (${first.id})` },
    { atNs: first.startedNs + BigInt(first.wallUs) * 1000n, text: "It succeeded" },
    { atNs: second.startedNs, text: `The red run began (${second.id})` },
  ];
  if (failing !== null) {
    const { process, visible } = failing;
    moments.push({ atNs: at(process.startedUs), text: `${named(process)} began` });
    if (process.end !== null) moments.push({ atNs: at(process.end.endedUs), text: `${named(process)} failed with ${exitText(exitOf(process, second))}` });
    if (visible !== process && visible.end !== null) moments.push({ atNs: at(visible.end.endedUs), text: `It came to light: ${named(visible)} failed with ${exitText(exitOf(visible, second))}` });
  }
  moments.push({ atNs: at(second.wallUs), text: `The run ended with ${exitText(second.exit)}` });
  return moments.sort((a, b) => (a.atNs < b.atNs ? -1 : a.atNs > b.atNs ? 1 : 0));
}

function actionsOf({ kind, name, certainty }: Cause, failing: Failing | null): readonly string[] {
  const actions: string[] = [];
  switch (kind) {
    case "input": case "tool": actions.push(`Look at what changed in "${name}"; put it back, or follow it where it is used`); break;
    case "variable": actions.push(`Give the variable ${name} the value that it had, or declare what it must be`); break;
    case "argument": actions.push(`See where the argument "${name}" comes from, and whether it is meant`); break;
    case "listing": actions.push(`See which names in "${name}" are meant, and name the files that are to be used`); break;
    case "order": actions.push(`Let who needs ${name === "" ? "it" : `"${name}"`} wait for who makes it: declare that dependency`); break;
    case "nondeterminism": actions.push(`Find out what "${name}" depends on besides its inputs (time, order, random names)`); break;
    case "flaky": actions.push("Run it many times from one state, and find what differs: time, order, random numbers, another process"); break;
    case "memory": case "disk": case "descriptors": case "port": case "time": actions.push(name === "TMPDIR" ? "Make room in the temporary folder, or let TMPDIR name one where there is room" : RESOURCE_ADVICE[kind]); break;
    case "process": case "not-found": actions.push("Look at what is not recorded: network, limits, time, services, hardware"); break;
  }
  if (failing?.isHidden === true) actions.push("Look at the exit codes of all members of the pipe (\"set -o pipefail\" in bash), or write to a file first");
  if (certainty !== "confirmed" && kind !== "not-found") actions.push("It is not confirmed: keep the green version in git, so that it can be tried with it");
  return actions;
}

function unknownsOf({ first, second }: PostmortemGround, judgement: Judgement, failing: Failing | null): readonly string[] {
  return [
    ...(first.isWhole && second.isWhole ? [] : ["A trace is not whole: there was more than it holds"]),
    ...(judgement.kind === "not-run" ? [`Nothing was run again: ${judgement.why}`] : []),
    ...(failing !== null && failing.greenUnit === null ? ["What failed has no counterpart in the green run"] : []),
    "Network, time, limits and hardware are not recorded",
  ];
}
