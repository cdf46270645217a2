// What verifying found, for a person and for a program. The words and the shape
// are a promise (docs/reference/cli.md).

import { isAbsPath, toText } from "../base/path.ts";
import type { Deviation } from "../cache/deviation.ts";
import type { Cause, Claim, Verified } from "../run/verification.ts";
import { doubtText } from "../explain/doubt-text.ts";

/** Arguments beyond it are cut: what a unit is called only has to be recognised. */
const COMMAND_CHARACTERS_MAX = 80;

export interface DifferingJson {
  /** Program and arguments, shortened. */
  readonly command: string;
  readonly what: Deviation["kind"];
  /** What differs, as a sentence has it: "the content of \"a.o\"". */
  readonly text: string;
  readonly path?: string;
  readonly cause: Cause;
}

export interface VerifiedJson {
  readonly percent: number;
  readonly seed: number;
  readonly same: number;
  readonly differing: readonly DifferingJson[];
  readonly notCompared: readonly { readonly command: string; readonly code: string; readonly text: string }[];
}

const CAUSES: Readonly<Record<Cause, string>> = {
  "nondeterminism": "Nondeterminism: two runs from the same state differ as well",
  "missed-fact": "Missed fact: two runs from the same state agree, so it depends on something that was not seen",
  "unknown": "Cause unknown: running it twice from the same state did not tell",
};

function commandOf({ hit, argv }: Claim): string {
  const [first = hit.entry.program, ...rest] = argv;
  const whole = toText([first.slice(first.lastIndexOf("/") + 1), ...rest].join(" "));
  return whole.length <= COMMAND_CHARACTERS_MAX ? whole : `${whole.slice(0, COMMAND_CHARACTERS_MAX - 3)}...`;
}

function textOf(deviation: Deviation, path: string | null): string {
  const place = `"${path ?? ""}"`;
  switch (deviation.kind) {
    case "exit-code": return `the exit code is ${deviation.found}, not ${deviation.expected}`;
    case "missing": return `${place} is missing afterwards`;
    case "unexpected": return `${place} is there or was changed, and should not be`;
    case "type": return `${place} is of another type`;
    case "content": return `the content of ${place}`;
    case "permissions": return `the mode of ${place}`;
    case "target": return `where the link ${place} points`;
    case "names": return `which files share their content with ${place} as hard links`;
    case "time": return `the time that ${place} was given`;
    case "moves": return "which directories were moved";
    case "output": return `byte ${deviation.atByte} of ${deviation.stream === 1 ? "stdout" : "stderr"}`;
    case "output-order": return "the order of what went to stdout and stderr";
  }
}

/** As a person would name it from the workspace. */
function pathOf(deviation: Deviation): string | null {
  if (!("at" in deviation)) return null;
  const { at } = deviation;
  if (isAbsPath(at)) return toText(at);
  const rest = toText(at.slice(3));
  return at[1] === "W" ? rest || "." : `${at[1] === "H" ? "~" : "$TMPDIR"}/${rest}`;
}

export function describeVerified({ percent, seed, same, differing, notCompared }: Verified): VerifiedJson {
  return {
    percent, seed, same,
    differing: differing.map(({ claim, deviation, cause }) => {
      const path = pathOf(deviation);
      return { command: commandOf(claim), what: deviation.kind, text: textOf(deviation, path), ...(path === null ? {} : { path }), cause };
    }),
    notCompared: notCompared.map(({ claim, doubt }) => ({ command: commandOf(claim), code: doubt.code, text: doubtText(doubt) })),
  };
}

export function verifiedLines({ percent, seed, same, differing, notCompared }: VerifiedJson, isQuiet: boolean): readonly string[] {
  const lines = differing.map(({ command, text, cause }) => `fathom: "${command}" did not do what the store says: ${text}. ${CAUSES[cause]}; its entry was withdrawn`);
  if (isQuiet) return lines;
  lines.push(...notCompared.map(({ command, text }) => `fathom: "${command}" could not be compared: ${text}`));
  lines.push(`fathom: verified: ${same} the same, ${differing.length} different, ${notCompared.length} not compared (--verify=${percent}%:${seed})`);
  return lines;
}
