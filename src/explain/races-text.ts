// Races as lines that a person reads: the sentence first, then each with who, when, why
// nothing orders them, what was seen, and what to do.

import type { ProcessName } from "./answer.ts";
import { timeText } from "./text.ts";
import { grouped } from "./trace-index.ts";
import type { Confirmation, Race, RaceClass, RaceSide, RacesAnswer } from "./races-answer.ts";
import { cut, plural } from "./words.ts";

/** Of each kind, unless all are asked for. */
const RACES_SHOWN_MAX = 10;
const PATHS_SHOWN_MAX = 6;

const CLASSES: Readonly<Record<RaceClass, string>> = {
  "missing-edge": "one reads what the other makes", "read-while-written": "read while it is being written", "double-write": "two commands write one file", "several-targets": "one rule with several targets runs once for each",
  "same-directory": "one folder is built twice at the same time", "shared-temporary-name": "two commands share a temporary name", "made-twice": "two commands make one directory", "removed-while-used": "removed while another one uses it",
  listing: "what a folder holds depends on who comes first", absence: "it matters that it is not there yet", "time-only": "its time is compared", "no-rule": "it is named, and only made beside something else", "missing-input": "an input that the rule does not name",
};

const HEADS: Readonly<Record<Race["kind"], string>> = { unordered: "RACE", undeclared: "LUCK", "missing-input": "STALE" };

const nameText = ({ command, task }: ProcessName): string => `"${cut(command, 70)}"${task === null ? "" : ` (${task})`}`;

const secondsText = (ms: number | null): string => (ms === null ? "?" : (ms / 1000).toFixed(2));

function sideLine(role: string, { process, task, target, place, did, beganMs, endedMs }: RaceSide): string {
  const within = process.image === task.image ? "" : `, of ${nameText(task)}`;
  const recipe = target === null ? "" : `, for "${target}"${place === null ? "" : ` (${place})`}`;
  return `  ${role} ${did} it: ${nameText(process)}${within}${recipe}; ${secondsText(beganMs)} to ${secondsText(endedMs)} s`;
}

function pathsText(paths: readonly string[]): string {
  const shown = paths.slice(0, PATHS_SHOWN_MAX);
  return `${shown.join("  ")}${paths.length > shown.length ? `  and ${String(paths.length - shown.length)} more` : ""}`;
}

const confirmationText = ({ by, shown, seed }: Confirmation, command: string): readonly string[] =>
  [`  confirmed: ${shown}`, ...(by === "make" ? [] : [`  reproduce: ${seed === null ? "" : `fathom exec --perturb=${String(seed)} -- `}${command}`])];

/** Targets beside the first to which the same is missing. */
function alsoLine(others: readonly Race[]): readonly string[] {
  const targets = others.map(({ other }) => `"${other.target ?? cut(other.task.command, 50)}"`);
  const shown = targets.slice(0, PATHS_SHOWN_MAX);
  return targets.length === 0 ? [] : [`  also: ${shown.join(", ")}${targets.length > shown.length ? `, and ${plural(targets.length - shown.length, "more target", "more targets")}` : ""}`];
}

/** One header that no rule names is missing to a hundred targets, and one that is made in the build is read too early by as many: that is one thing to read. */
const folded = (races: readonly Race[]): readonly (readonly Race[])[] => [...grouped(races, (race) => {
  const maker = race.kind === "missing-input" ? "" : (race.writer?.target ?? null);
  return maker === null || race.other.target === null ? race : [race.kind, race.class, race.grade, race.confirmation === null ? "" : String(race.confirmation.seed), maker, ...race.paths].join("\0");
}).values()];

function raceLines(race: Race, others: readonly Race[], command: string): readonly string[] {
  const { kind, paths, writer, other, because, symptom, suggestion, grade, confirmation, times } = race;
  const often = kind !== "missing-input" && times > 1 ? `; ${String(times)} times` : "";
  const lines = [`${HEADS[kind]}  ${pathsText(paths)}   ${grade}: ${CLASSES[race.class]}${often}`];
  if (writer !== null) lines.push(sideLine("one  ", writer));
  lines.push(sideLine(writer === null ? "it   " : "other", other), ...alsoLine(others), `  why: ${because}`);
  if (symptom !== null) lines.push(`  seen: ${symptom}`);
  if (confirmation !== null) lines.push(...confirmationText(confirmation, command));
  lines.push(`  do: ${suggestion}`);
  return lines;
}

export function racesLines(answer: RacesAnswer, isAll: boolean): readonly string[] {
  const { sentence, races, guesses, notes, run } = answer;
  const lines = [sentence];
  for (const kind of ["unordered", "undeclared", "missing-input"] as const) {
    const of = folded(races.filter((race) => race.kind === kind));
    const shown = isAll ? of : of.slice(0, RACES_SHOWN_MAX);
    for (const [race, ...others] of shown) if (race !== undefined) lines.push(...raceLines(race, others, run.command));
    if (shown.length < of.length) lines.push(`  ... and ${plural(of.length - shown.length, "more of that kind", "more of that kind")}: --all`);
  }
  if (isAll) for (const race of guesses) lines.push(...raceLines(race, [], run.command));
  lines.push(...notes.map((note) => `  ${note}`), `  in run ${run.id} (${timeText(run.startedNs)}, "${cut(run.command, 50)}")`);
  return lines;
}
