// `fathom runs export` and `fathom runs import`: one run as one file.

import { resolve } from "node:path";
import { realClock } from "../../base/clock.ts";
import { absPath, fromText, join, toText } from "../../base/path.ts";
import { realDisk } from "../../base/real-disk.ts";
import { decodeTrace } from "../../explain/decode.ts";
import { runName } from "../../explain/ground.ts";
import { keepImported, readPortable } from "../../explain/imported.ts";
import { encodePortable } from "../../explain/portable.ts";
import { runText } from "../../explain/text.ts";
import { recorded, recordedPlace, runNamed } from "../recorded.ts";
import { sizeText, type Environment, type Printer } from "../render.ts";

const USAGE_ERROR = 2;

const pathOf = (cwd: string, file: string): ReturnType<typeof absPath> => absPath(fromText(resolve(cwd, file)));

export function exportRun(name: string, file: string | undefined, env: Environment, cwd: string, print: Printer): number {
  const disk = realDisk(realClock);
  const place = recorded(env, cwd);
  const id = place.ok ? runNamed(name, place.value) : place;
  if (!place.ok || !id.ok || id.value === null) {
    if (!id.ok) print.failure(id.failure);
    return place.ok ? USAGE_ERROR : 1;
  }
  const { runs, ground } = place.value;
  const bytes = disk.readFile(join(runs.folder, id.value));
  const trace = bytes.ok ? decodeTrace(bytes.value, id.value) : bytes;
  if (!bytes.ok || !trace.ok) {
    if (!trace.ok) print.failure(trace.failure);
    return USAGE_ERROR;
  }
  const path = pathOf(cwd, file ?? `${id.value}.run`);
  const portable = encodePortable(id.value, bytes.value, trace.value, ground.records);
  const written = disk.createFile(path, portable, 0o600);
  if (!written.ok) {
    print.failure({ ...written.failure, advice: written.failure.code === "eexist" ? "Remove it, or name another file" : "Name another file" });
    return USAGE_ERROR;
  }
  print.say(`"${toText(path)}": ${runText(runName(trace.value, ground))}, ${sizeText(portable.length)}`);
  return 0;
}

export function importRun(file: string, env: Environment, cwd: string, print: Printer): number {
  const disk = realDisk(realClock);
  const place = recordedPlace(env, cwd);
  const read = place.ok ? readPortable(pathOf(cwd, file), disk) : place;
  const kept = place.ok && read.ok ? keepImported(place.value.runs.folder, read.value.run.id, read.value.bytes, disk) : read;
  if (!place.ok || !read.ok || !kept.ok) {
    if (!kept.ok) print.failure(kept.failure);
    return USAGE_ERROR;
  }
  print.say(`Imported ${runText(runName(read.value.run.trace, place.value.ground))}`);
  print.note(`  To compare: fathom diff ${read.value.run.id} <a run of here>`);
  return 0;
}
