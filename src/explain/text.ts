// Answers as lines that a person reads: the sentence first, then the evidence, ten
// lines at most where not all was asked for.

import type { Answer, Evidence, ProcessName, RunName, Writer } from "./answer.ts";
import type { FileAnswer } from "./file.ts";
import type { UnplannedReason } from "./unplanned.ts";
import { cut, plural } from "./words.ts";

/** Sentence, evidence, and where it is from. */
export const LINES_MAX = 10;

const UNPLANNED_SHOWN_MAX = 3;

const processText = ({ command, task }: ProcessName): string => `"${cut(command)}"${task === null ? "" : ` (${task})`}`;

const WROTE: Readonly<Record<Writer["how"], string>> = {
  wrote: "written by", removed: "removed by", made: "made by", renamed: "given its name by", mode: "given its mode by", replayed: "put in place by the replay of", stored: "written by",
};

export function writerText(writer: Writer, run: string): string {
  const where = writer.run === run ? "" : ` in run ${writer.run}`;
  return `${WROTE[writer.how]} ${processText(writer)}${where}${writer.because === null ? "" : `, which ran because ${writer.because}`}`;
}

export const timeText = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");

export const runText = ({ id, startedNs, command }: RunName): string => `run ${id} (${timeText(startedNs)}, "${cut(command, 50)}")`;

function evidenceLines({ text, readBy, writtenBy, kind, what }: Evidence, run: string): readonly string[] {
  const lines = [`  ${text}`];
  if (readBy.length > 0) lines.push(`    ${kind === "missing" ? "looked for" : "read"} by ${readBy.map(processText).join(", ")}`);
  if (writtenBy !== null) lines.push(`    ${writerText(writtenBy, run)}`);
  else if ((kind === "content" || kind === "timed") && what === "content") lines.push("    no recorded process wrote it (an editor, or a run that was not recorded)");
  return lines;
}

function unplannedLines(reasons: readonly UnplannedReason[], isAll: boolean): readonly string[] {
  if (reasons.length === 0) return [];
  const shown = isAll ? reasons : reasons.slice(0, UNPLANNED_SHOWN_MAX);
  const rest = reasons.length - shown.length;
  return ["  If nothing changes the next run starts Node all the same, for it has no plan:", ...shown.map(({ text }) => `    ${text}`), ...(rest > 0 ? [`    and ${plural(rest, "other reason", "other reasons")}: --all`] : [])];
}

/** With room for the line that says what is left out. */
function bounded(lines: readonly string[], tail: readonly string[], isAll: boolean): readonly string[] {
  if (isAll || lines.length + tail.length <= LINES_MAX) return [...lines, ...tail];
  const kept = lines.slice(0, LINES_MAX - tail.length - 1);
  return [...kept, `  ... and ${plural(lines.length - kept.length, "more line", "more lines")}: --all`, ...tail];
}

export function answerLines(answer: Answer, isAll: boolean): readonly string[] {
  const { sentence, evidence, parts, notes, against, run, certainty, total, isNewest, unplanned } = answer;
  const lines = [sentence];
  for (const each of evidence) lines.push(...evidenceLines(each, run.id));
  if (total > evidence.length) lines.push(`  and ${String(total - evidence.length)} more that are not kept`);
  for (const part of parts) lines.push(`  ${part.sentence}`);
  const tail = [...unplannedLines(unplanned, isAll), ...notes.map((note) => `  ${note}`)];
  const guess = certainty === "consistent" ? "; that the two belong together is consistent with what is recorded, not proven" : "";
  if (against !== null && against.id !== run.id) tail.push(`  compared with ${runText(against)}${guess}`);
  tail.push(`  in ${runText(run)}${isNewest ? "; later runs, if any, are not recorded" : ""}`);
  return bounded(lines, tail, isAll);
}

export function fileLines({ sentence, writtenBy, readers, notes }: FileAnswer, isAll: boolean): readonly string[] {
  const lines = [sentence];
  if (writtenBy !== null) lines.push(`  ${writerText(writtenBy, "")}`);
  for (const reader of readers) lines.push(`  ${reader.isIndirect ? "then perhaps" : reader.kind === "missing" ? "looked for by" : "read by"} ${processText(reader)}`);
  return bounded(lines, notes.map((note) => `  ${note}`), isAll);
}
