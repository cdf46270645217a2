// Answers as programs read them: docs/reference/cli.md promises names and units.

import type { Answer, RunName } from "./answer.ts";
import type { FileAnswer } from "./file.ts";
import { runName, type Ground } from "./ground.ts";
import type { RunHead } from "./trace.ts";

const timeOf = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();

export const runNameJson = ({ id, startedNs, command }: RunName): object => ({ id, startedAt: timeOf(startedNs), command });

export function answerJson(answer: Answer): object {
  const { run, process, outcome, cause, certainty, sentence, because, against, evidence, total, notes, parts, isNewest, unplanned } = answer;
  return {
    kind: "process", sentence, cause, because, certainty, outcome, process, run: runNameJson(run), against: against === null ? null : runNameJson(against), evidence, total, notes, isNewestRecorded: isNewest,
    parts: parts.map(answerJson), unplanned,
  };
}

export function fileJson({ file, sentence, writtenBy, readers, unknown, changedSince, isAsWritten, notes }: FileAnswer): object {
  return { kind: "file", file, sentence, writtenBy, readers, unknown, changedSince, isAsWritten, notes };
}

export function runJson(trace: RunHead, ground: Pick<Ground, "roots">): object {
  const { wallUs, cwd, exit, processes, replayed, ran, notStored, savedUs, isWhole } = trace;
  return {
    ...runNameJson(runName(trace, ground)), cwd: Buffer.from(cwd, "latin1").toString("utf8"), wallMs: Math.floor(wallUs / 1000), exit: exit.how === 0 ? { code: exit.code } : { signal: exit.code },
    processes, replayed, ran, notStored, savedMs: Math.floor(savedUs / 1000), isWhole,
  };
}
