// What became of a process, and why nothing was stored of it.

import type { Outcome } from "./answer.ts";
import { doubtText } from "./doubt-text.ts";
import type { TracedProcess } from "./trace.ts";

export function outcomeOf({ fate }: TracedProcess): Outcome {
  switch (fate.kind) {
    case "planned": return { kind: "replayed", byPlan: true };
    case "replayed": return { kind: "replayed", byPlan: false };
    case "stored": return { kind: "ran", stored: true, notStored: null };
    case "refused": return { kind: "ran", stored: false, notStored: refusalText(fate) };
    case "passed": return { kind: "ran", stored: false, notStored: passedText(fate.reason) };
    case "unknown": return { kind: "ran", stored: false, notStored: null };
  }
}

export const refusalText = (fate: { readonly code: string; readonly program: string; readonly detail: string }): string => `${fate.program === "" ? "" : `"${fate.program.slice(fate.program.lastIndexOf("/") + 1)}": `}${doubtText(fate)}`;

export function passedText(reason: string): string | null {
  switch (reason) {
    case "comparator": return "it decides by comparing times";
    case "barren": return "it decides by comparing times, or a program in it does";
    case "failed": return "it failed, and another try may succeed";
    case "temporary-name": return "a random name in the temporary folder is among its arguments, which never comes back";
    case "trivial": return "it took less than 10 ms, and running it is as cheap as asking";
    case "handed-on": case "part": return "the unit around it has the entry";
    case "bound": return "a program above it has changed what it may do";
    case "uncached": return "its task says so";
    case "not-storing": return "nothing was to be stored (--no-cache)";
    case "deviation": return "it did not do what its entry said (--verify)";
    case "unknown-end": return "nobody saw how it ended";
    default: return null;
  }
}
