// `fathom profile`: where the time of a recorded run went, for people, for programs,
// and for Perfetto and speedscope. Reads what is recorded and changes nothing but the
// file that it was asked for.

import { resolve } from "node:path";
import { absPath, fromText } from "../../base/path.ts";
import { realClock } from "../../base/clock.ts";
import { realDisk } from "../../base/real-disk.ts";
import { fail, type Failure, type Result } from "../../base/result.ts";
import { profile } from "../../explain/profile.ts";
import { profileJson } from "../../explain/profile-json.ts";
import { profileLines } from "../../explain/profile-text.ts";
import { speedscopeOf } from "../../explain/speedscope.ts";
import { textsOf, timedRun } from "../timed-run.ts";
import type { Environment, Printer } from "../render.ts";

export interface ProfileOptions {
  readonly all?: true;
  readonly json?: true;
  readonly perfetto?: string;
  readonly speedscope?: string;
}

const USAGE_ERROR = 2;
const EXPORT_MODE = 0o644;

export async function profileRun(run: string | undefined, options: ProfileOptions, env: Environment, cwd: string, print: Printer): Promise<number> {
  const timed = timedRun(run, env, cwd);
  if (!timed.ok) {
    print.failure(timed.failure);
    return timed.failure.code === "no-runs" ? 1 : USAGE_ERROR;
  }
  const { trace, spans, steps, ground, unread } = timed.value;
  for (const failure of unread) print.failure(failure);
  const files: (readonly [string, () => Promise<Uint8Array>])[] = [];
  if (options.perfetto !== undefined) files.push([options.perfetto, async () => (await import("../../explain/perfetto.ts")).perfettoOf(trace, spans, ground)]);
  if (options.speedscope !== undefined) files.push([options.speedscope, () => Promise.resolve(Buffer.from(JSON.stringify(speedscopeOf(trace, spans, ground))))]);
  for (const [name, bytes] of files) {
    const written = write(name, cwd, await bytes());
    if (!written.ok) {
      print.failure(written.failure);
      return 1;
    }
    if (options.json !== true) print.note(`fathom: wrote "${name}"`);
  }
  const found = profile(trace, spans, steps);
  if (options.json === true) print.value(profileJson(found, textsOf(timed.value)));
  else if (files.length === 0 || options.all === true) for (const line of profileLines(found, textsOf(timed.value), options.all === true)) print.say(line);
  return 0;
}

function write(name: string, cwd: string, bytes: Uint8Array): Result<void, Failure> {
  const path = resolve(cwd, name);
  const written = realDisk(realClock).writeFile(absPath(fromText(path)), bytes, EXPORT_MODE);
  return written.ok ? written : fail({ code: "export-failed", message: written.failure.message, advice: "Choose a folder in which files can be made" });
}
