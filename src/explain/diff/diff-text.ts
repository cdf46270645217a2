// The answer of `fathom diff`, as lines and as JSON: docs/reference/cli.md has the words.

import { runNameJson } from "../json.ts";
import { runText } from "../text.ts";
import { cut, plural } from "../words.ts";
import type { Diff, RootDivergence } from "./diff.ts";

const OTHERS_SHOWN_MAX = 5;

export function diffLines({ sentence, first, second, others, processes, notes, divergence }: Diff, isAll: boolean): readonly string[] {
  const shown = isAll ? others : others.slice(0, OTHERS_SHOWN_MAX);
  return [
    sentence,
    ...(divergence === null ? [] : [`  ${divergence.kind}, ${divergence.certainty}`]),
    ...shown.map((each) => `  then: ${each.text}, in "${cut(processOf(each))}"`),
    ...(shown.length < others.length ? [`  ... and ${String(others.length - shown.length)} more: --all`] : []),
    `  ${plural(processes.paired, "process", "processes")} in both, ${String(processes.onlyFirst)} only in the first, ${String(processes.onlySecond)} only in the second`,
    ...notes.map((note) => `  ${note}`),
    `  ${runText(first)}`, `  ${runText(second)}`,
  ];
}

const processOf = ({ first, second }: RootDivergence): string => (second ?? first)?.command ?? "";

export function diffJson({ first, second, sentence, divergence, others, consequences, processes, notes }: Diff): object {
  return { first: runNameJson(first), second: runNameJson(second), sentence, divergence: divergenceJson(divergence), others: others.map(divergenceJson), consequences, processes, notes };
}

const divergenceJson = (divergence: RootDivergence | null): object | null => (divergence === null ? null : (({ kind, name, what, text, certainty, first, second }) => ({ kind, name, what, text, certainty, first, second }))(divergence));
