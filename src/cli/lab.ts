// A system of the laboratory (examples/lab): a small build that breaks in a way that
// takes depth to see, set up in a folder of its own and asked about. A file beside it
// says what is done and what the answer must say.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { kill } from "node:process";
import { join } from "node:path";
import { isThere, readText } from "../base/scratch.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { isObject, parseJson, type Json } from "../workspace/json.ts";

export interface Lab {
  readonly name: string;
  readonly title: string;
  readonly symptom: string;
  readonly depth: string;
  readonly fix: string;
  /** Lines of shell. */
  readonly does: readonly string[];
  readonly ask: string;
  /** Asked while the last line runs, which is ended then. */
  readonly isAskedMeanwhile: boolean;
  readonly answer: readonly RegExp[];
  /** Of the answer once it is fixed; empty: that is not looked at. */
  readonly after: readonly RegExp[];
}

export interface Asked {
  readonly said: string;
  /** What it should have said and did not. */
  readonly missing: readonly string[];
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const textsOf = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(textOf) : []);

/** "(?s)" at its beginning: "." is any character. */
const patternOf = (text: string): RegExp => (text.startsWith("(?s)") ? new RegExp(text.slice(4), "ms") : new RegExp(text, "m"));

export function readLab(folder: string, name: string): Result<Lab, Failure> {
  const parsed = parseJson(readText(join(folder, "lab.json")));
  if (!parsed.ok || !isObject(parsed.value)) {
    return fail({ code: "lab-damaged", message: `Cannot read "${join(folder, "lab.json")}": it is no JSON object`, advice: "Install Fathom again" });
  }
  const { title, symptom, depth, fix, do: does, ask, isAskedMeanwhile, answer, after } = parsed.value;
  return ok({
    name, title: textOf(title), symptom: textOf(symptom), depth: textOf(depth), fix: textOf(fix), does: textsOf(does), ask: textOf(ask),
    isAskedMeanwhile: isAskedMeanwhile === true, answer: textsOf(answer).map(patternOf), after: textsOf(after).map(patternOf),
  });
}

/** How often a running build is asked before its answer is what it is. */
const ASKED_MAX = 10;

/** In these lines "fathom" is this one. */
const OWN = 'fathom() { "$FATHOM" "$@"; }; ';

export interface Bench {
  /** Where the system is. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly show: (line: string) => void;
}

function sh(line: string, { folder, env, show }: Bench): { readonly said: string; readonly code: number | null } {
  show(line);
  const ran = spawnSync("sh", ["-c", `${OWN}${line}`], { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return { said: ran.stdout + ran.stderr, code: ran.status };
}

const missingIn = (said: string, wanted: readonly RegExp[]): string[] => wanted.filter((pattern) => !pattern.test(said)).map(({ source }) => source);

/** Does what there is to do, and asks. */
export async function askLab(lab: Lab, wanted: readonly RegExp[], bench: Bench): Promise<Result<Asked, Failure>> {
  const done = lab.isAskedMeanwhile ? lab.does.slice(0, -1) : lab.does;
  for (const line of done) {
    const { said, code } = sh(line, bench);
    if (code !== 0) return fail({ code: "lab-failed", message: `Cannot set up "${lab.name}": "${line}" ended with ${String(code)}: ${said.trimEnd()}`, advice: "It needs gcc, make and a shell" });
  }
  if (!lab.isAskedMeanwhile) {
    const { said } = sh(lab.ask, bench);
    return ok({ said, missing: missingIn(said, wanted) });
  }
  const last = lab.does.at(-1) ?? "";
  bench.show(`${last} &`);
  const running = spawn("sh", ["-c", `${OWN}${last}`], { cwd: bench.folder, env: bench.env, stdio: "ignore", detached: true });
  const ended = once(running, "exit");
  try {
    for (let left = ASKED_MAX; ; left--) {
      const { said } = sh(lab.ask, bench);
      const missing = missingIn(said, wanted);
      if (missing.length === 0 || left === 1) return ok({ said, missing });
    }
  } finally {
    if (running.pid !== undefined) kill(-running.pid, "SIGKILL"); // The group that it leads.
    await ended;
  }
}

export const hasFix = (folder: string): boolean => isThere(join(folder, "fixed"));
