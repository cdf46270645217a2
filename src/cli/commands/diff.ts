// `fathom diff`: the first thing in which two runs went different ways. Runs of here, and
// those that were imported.

import { realClock } from "../../base/clock.ts";
import { join } from "../../base/path.ts";
import { realDisk } from "../../base/real-disk.ts";
import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { diff } from "../../explain/diff/diff.ts";
import { diffGround } from "../../explain/diff/divergence.ts";
import { diffJson, diffLines } from "../../explain/diff/diff-text.ts";
import type { Ground } from "../../explain/ground.ts";
import { importedFolder, importedIds, readPortable } from "../../explain/imported.ts";
import { readRun } from "../../explain/runs.ts";
import type { Trace } from "../../explain/trace.ts";
import { idNamed, recordedPlace, type Recorded } from "../recorded.ts";
import type { Environment, Printer } from "../render.ts";

export interface DiffOptions {
  readonly all?: true;
  readonly json?: true;
}

const USAGE_ERROR = 2;

export function diffRuns(firstName: string, secondName: string, options: DiffOptions, env: Environment, cwd: string, print: Printer): number {
  const place = recordedPlace(env, cwd);
  const first = place.ok ? runOf(firstName, place.value) : place;
  const second = place.ok ? runOf(secondName, place.value) : place;
  const wrong = [place, first, second].find((each) => !each.ok);
  if (!place.ok || !first.ok || !second.ok) {
    if (wrong?.ok === false) print.failure(wrong.failure);
    return USAGE_ERROR;
  }
  const answer = diff(diffGround(first.value.trace, second.value.trace, place.value.ground, { first: first.value.records, second: second.value.records }));
  if (options.json === true) print.value(diffJson(answer));
  else for (const line of diffLines(answer, options.all === true)) print.say(line);
  return answer.divergence === null ? 0 : 1;
}

interface NamedRun {
  readonly trace: Trace;
  readonly records: Ground["records"];
}

function runOf(name: string, { runs, ground }: Recorded): Result<NamedRun, Failure> {
  const disk = realDisk(realClock);
  const imported = importedIds(runs.folder, disk);
  const id = idNamed(name, [...new Set([...runs.ids, ...imported])]);
  if (!id.ok) return id;
  if (runs.ids.includes(id.value)) {
    const trace = readRun(runs.folder, id.value, disk);
    return trace.ok ? ok({ trace: trace.value, records: ground.records }) : trace;
  }
  const read = readPortable(join(importedFolder(runs.folder), id.value), disk);
  if (!read.ok) return read;
  return read.value.run.id === id.value ? ok(read.value.run) : fail({ code: "run-file-damaged", message: `Cannot read the imported run "${id.value}": it says that it is another one`, advice: "Import it again" });
}
