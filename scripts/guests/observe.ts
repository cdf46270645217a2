// Runs one guest through its history, twice bare and twice under Fathom, and says
// where they differ. What two bare histories do not agree about is the guest's own
// chance, and must be masked by its definition: nothing is loosened here.

import { differences } from "../../src/base/scratch.ts";
import type { Answer, Guest } from "./guest.ts";
import { FATHOM, Place, type Outcome } from "./place.ts";

export interface Seen {
  readonly guest: Guest;
  readonly answer: Answer;
  /** The sentence of the summary, when something was not stored. */
  readonly reason: string | null;
  readonly wrong: readonly string[];
}

interface Summary {
  readonly processes: number;
  readonly replayed: number;
  readonly reason?: { readonly program: string; readonly code: string; readonly text: string };
}

interface Step {
  readonly outcome: Outcome;
  readonly summary: Summary | null;
}

const STEPS = ["in an empty folder", "with an input edited"] as const;

const same = (text: string): string => text;

/** Fathom's own line is the last of stderr. */
function stepOf(outcome: Outcome, { mask = same }: Guest): Step {
  const at = outcome.stderr.lastIndexOf('{"processes"');
  const summary = at < 0 ? null : (JSON.parse(outcome.stderr.slice(at)) as Summary);
  const stderr = at < 0 ? outcome.stderr : outcome.stderr.slice(0, at);
  return { outcome: { ...outcome, stdout: mask(outcome.stdout), stderr: mask(stderr) }, summary };
}

async function history(place: Place, guest: Guest, through: readonly string[]): Promise<readonly Step[]> {
  place.begin();
  const steps = [stepOf(await place.run(through), guest)];
  if (guest.edit !== undefined) {
    place.write(...guest.edit);
    steps.push(stepOf(await place.run(through), guest));
  }
  return steps;
}

const SHOWN_MAX = 1500;
const shown = (value: string | number | null): string => JSON.stringify(value).slice(0, SHOWN_MAX);

function difference(found: Outcome, expected: Outcome): string | null {
  if (found.didHang) return "it hung";
  for (const part of ["code", "signal", "stdout", "stderr"] as const) {
    if (found[part] !== expected[part]) return `${part} is ${shown(found[part])}, not ${shown(expected[part])}`;
  }
  const names = differences(found.files, expected.files);
  const [name] = names;
  return name === undefined ? null : `files differ: ${names.slice(0, 10).join(" ")}; "${name}" is ${found.files.get(name) ?? "absent"}, not ${expected.files.get(name) ?? "absent"}`;
}

function compare(what: string, found: readonly Step[], expected: readonly Step[], guest: Guest, wrong: string[]): void {
  const masked = (outcome: Outcome): Outcome => {
    const mask = guest.differs?.mask ?? same;
    return { ...outcome, stdout: mask(outcome.stdout), stderr: mask(outcome.stderr) };
  };
  found.forEach((step, which) => {
    const of = expected[which];
    const text = of === undefined ? "it never came to that" : difference(masked(step.outcome), masked(of.outcome));
    if (text !== null) wrong.push(`${what}, ${STEPS[which] ?? ""}: ${text}`);
  });
}

function answerOf({ processes, replayed, reason }: Summary): Answer {
  if (replayed > 0) return processes === 1 ? "replayed" : "in part";
  return reason === undefined ? "runs" : { code: reason.code };
}

export const answerText = (answer: Answer): string => (typeof answer === "string" ? answer : answer.code);

const isExpected = (answer: Answer, { answer: expected, chance }: Guest): boolean =>
  [expected, ...(chance === undefined ? [] : [chance.answer])].some((one) => answerText(one) === answerText(answer));

export async function observe(guest: Guest, path: string): Promise<Seen> {
  const place = new Place(guest, path);
  const wrong: string[] = [];
  try {
    const bare = await history(place, guest, []);
    compare("bare once more", await history(place, guest, []), bare, guest, wrong);
    const [first, edited] = bare;
    if (first === undefined || (edited !== undefined && difference(edited.outcome, first.outcome) === null)) wrong.push("the edit changes nothing");
    if (wrong.length > 0 || bare.some(({ outcome }) => outcome.didHang)) return { guest, answer: guest.answer, reason: null, wrong: [...wrong, "the guest cannot be compared"] };
    const fathom = [FATHOM, "--json", "--"];
    compare("observed", await history(place, guest, fathom), bare, guest, wrong);
    const again = await history(place, guest, fathom);
    compare("observed once more", again, bare, guest, wrong);
    const summary = again[0]?.summary ?? null;
    if (summary === null) return { guest, answer: guest.answer, reason: null, wrong: [...wrong, `no summary: ${again[0]?.outcome.stderr ?? ""}`] };
    const answer = answerOf(summary);
    if (!isExpected(answer, guest)) wrong.push(`the answer is "${answerText(answer)}", not "${answerText(guest.answer)}": ${JSON.stringify(summary)}`);
    return { guest, answer, reason: summary.reason?.text ?? null, wrong };
  } finally {
    place.close();
  }
}
