// `fathom why`: why something ran, was replayed, or could not be stored; of a file who
// wrote it and who relies on it. Reads recorded runs and the store, and changes nothing.

import { join, normalize } from "node:path";
import { absPath, fromText, isAbsPath, type AbsPath } from "../../base/path.ts";
import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { realDisk } from "../../base/real-disk.ts";
import { realClock } from "../../base/clock.ts";
import { isSignature, typeOf } from "../../base/signature.ts";
import type { Answer } from "../../explain/answer.ts";
import { whyFile, type FileAnswer } from "../../explain/file.ts";
import { findProcess, wholeRun, type FoundProcess } from "../../explain/find.ts";
import { answerJson, fileJson } from "../../explain/json.ts";
import { answerLines, fileLines } from "../../explain/text.ts";
import type { Trace } from "../../explain/trace.ts";
import { why as whyProcess } from "../../explain/why.ts";
import { plural } from "../../explain/words.ts";
import { recorded, runNamed, type Recorded } from "../recorded.ts";
import type { Environment, Printer } from "../render.ts";

export interface WhyOptions {
  readonly run?: string;
  readonly all?: true;
  readonly json?: true;
}

const USAGE_ERROR = 2;

type Found = { readonly kind: "process"; readonly answer: Answer; readonly others: number; readonly unread: readonly Failure[] } | { readonly kind: "file"; readonly answer: FileAnswer };

export function why(name: string | undefined, options: WhyOptions, env: Environment, cwd: string, print: Printer): number {
  const place = recorded(env, cwd);
  const found = place.ok ? ask(name, options, place.value) : place;
  if (!found.ok) {
    print.failure(found.failure);
    return found.failure.code === "no-runs" ? 1 : USAGE_ERROR;
  }
  if (found.value.kind === "process") for (const failure of found.value.unread) print.failure(failure);
  const isAll = options.all === true;
  if (options.json === true) {
    print.value(found.value.kind === "file" ? fileJson(found.value.answer) : answerJson(found.value.answer));
    return 0;
  }
  if (found.value.kind === "file") for (const line of fileLines(found.value.answer, isAll)) print.say(line);
  else {
    for (const line of answerLines(found.value.answer, isAll)) print.say(line);
    if (found.value.others > 0) print.note(`fathom: "${name ?? ""}" means ${plural(found.value.others, "other command", "other commands")} of that run as well; this one took longest`);
  }
  return 0;
}

function ask(name: string | undefined, options: WhyOptions, place: Recorded): Result<Found, Failure> {
  const named = runNamed(options.run, place);
  if (!named.ok) return named;
  const { runs, ground } = place;
  const only = named.value === null ? null : runs.get(named.value);
  if (named.value !== null && only === null) return fail(runs.failures[0] ?? { code: "run-unknown", message: `Cannot read run "${named.value}"` });
  const traces: Iterable<Trace> = only === null ? ground.before(null) : [only];
  if (name === undefined) return aboutProcess(firstOf(traces, wholeRun), place);
  const file = only === null ? aboutFile(name, place) : null;
  if (file !== null) return ok({ kind: "file", answer: file });
  if (/(^|\/)\.{0,2}$/.test(name)) return fail({ code: "why-unknown", message: `Cannot say why "${name}": it names a folder`, advice: "Give a file in it, a task, or part of a command line; without a name the last run is meant" });
  const process = findProcess(name, traces, ground);
  return process.ok ? aboutProcess(process.value, place) : process;
}

function firstOf(traces: Iterable<Trace>, find: (trace: Trace) => FoundProcess | null): FoundProcess | null {
  for (const trace of traces) {
    const found = find(trace);
    if (found !== null) return found;
  }
  return null;
}

function aboutProcess(found: FoundProcess | null, { runs, ground }: Recorded): Result<Found, Failure> {
  if (found === null) return fail(runs.failures[0] ?? { code: "no-runs", message: "Cannot say anything: no process is in the recorded runs" });
  return ok({ kind: "process", answer: whyProcess(found.process, found.trace, ground), others: found.others, unread: runs.failuresAfter(found.trace.id) });
}

/** Null: it is no file, or nobody knows it. A name with "#" is a task. */
function aboutFile(name: string, { cwd, ground }: Recorded): FileAnswer | null {
  const path = pathFrom(name, cwd);
  if (path === null || name.includes("#")) return null;
  const [found] = realDisk(realClock).signatures([path]);
  const isDirectory = isSignature(found) && typeOf(found) === "directory";
  const answer = isDirectory ? null : whyFile(ground.roots.tokenise(path), ground);
  if (answer !== null || !isSignature(found) || isDirectory) return answer;
  // There, and nobody's business.
  return { file: name, sentence: `"${name}" was written by no recorded process, and nothing that is stored relies on its content`, writtenBy: null, readers: [], unknown: 0, changedSince: null, isAsWritten: null, notes: [] };
}

function pathFrom(name: string, cwd: AbsPath): AbsPath | null {
  const path = normalize(name.startsWith("/") ? fromText(name) : join(cwd, fromText(name))).replace(/(.)\/+$/, "$1");
  return isAbsPath(path) ? absPath(path) : null;
}
