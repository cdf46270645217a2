// `fathom postmortem`: why the last red run failed where the last green one did not.

import { realClock } from "../../base/clock.ts";
import type { Disk } from "../../base/disk.ts";
import { parentOf, toText } from "../../base/path.ts";
import { realDisk } from "../../base/real-disk.ts";
import { fail, ok, type Failure, type Result } from "../../base/result.ts";
import { ctimeNsOf, isSignature, typeOf } from "../../base/signature.ts";
import { align } from "../../explain/diff/align.ts";
import { diffGround } from "../../explain/diff/divergence.ts";
import { likenessOfWords } from "../../explain/likeness.ts";
import { postmortem, type Postmortem } from "../../explain/postmortem/postmortem.ts";
import { postmortemJson, postmortemLines } from "../../explain/postmortem/postmortem-text.ts";
import type { RunHead, Trace } from "../../explain/trace.ts";
import { plural } from "../../explain/words.ts";
import { firstErrorIn } from "../first-error.ts";
import { GreenContent } from "../green-content.ts";
import { recorded, runNamed, type Recorded } from "../recorded.ts";
import type { Environment, Printer } from "../render.ts";
import { trialsOf } from "../trials-of.ts";
import { openUserStore } from "../user-store.ts";

export interface PostmortemOptions {
  readonly json?: true;
}

const USAGE_ERROR = 2;

export function runPostmortem(name: string | undefined, options: PostmortemOptions, env: Environment, cwd: string, print: Printer): number {
  const place = recorded(env, cwd);
  const answer = place.ok ? answerOf(name, place.value, env) : place;
  if (!answer.ok) {
    print.failure(answer.failure);
    return answer.failure.code === "no-runs" || answer.failure.code === "no-red-run" ? 1 : USAGE_ERROR;
  }
  if (options.json === true) print.value(postmortemJson(answer.value));
  else for (const line of postmortemLines(answer.value)) print.say(line);
  return 0;
}

const isGreen = ({ exit }: RunHead): boolean => exit.how === 0 && exit.code === 0;

function answerOf(name: string | undefined, place: Recorded, env: Environment): Result<Postmortem, Failure> {
  const pair = runsOf(name, place);
  if (!pair.ok) return pair;
  const { red, green } = pair.value;
  const { ground } = place;
  const disk = realDisk(realClock);
  const store = openUserStore(env);
  const content = new GreenContent(ground.roots.workspace, store.ok ? store.value : null, Number((green.startedNs + BigInt(green.wallUs) * 1000n) / 1_000_000_000n));
  const of = diffGround(green, red, ground, { first: ground.records, second: ground.records });
  return ok(postmortem({
    ...of, alignment: align(green, red),
    changedSince: (at, ns) => changedSince(at, ns, place, disk),
    wasThere: (at) => { const path = ground.roots.locate(at); return path !== null && content.isTracked(path); },
    isThere: (at) => { const path = ground.roots.locate(at); return path !== null && disk.signatures([path])[0] !== null; },
    inOtherCase: (at) => inOtherCase(at, place, disk),
    trialsFor: (failing) => trialsOf(failing, { ...of, disk, env, content }),
    errorIn: (said) => firstErrorIn(toText(said).split("\n").filter((line) => !line.includes("\0")))?.text.trim() ?? null,
  }));
}

/** Of a file that is not there. */
function inOtherCase(at: string, { ground }: Recorded, disk: Disk): string | null {
  const path = ground.roots.locate(at);
  const names = path === null ? null : disk.list(parentOf(path));
  const [gone, folder] = [at.slice(at.lastIndexOf("/") + 1), at.slice(0, at.lastIndexOf("/"))];
  // Behind a letter for its type.
  const other = names?.split("\0").map((entry) => entry.slice(1)).find((name) => name !== gone && name.toLowerCase() === gone.toLowerCase());
  return other === undefined ? null : `${folder}/${other}`;
}

function changedSince(at: string, ns: bigint, { ground }: Recorded, disk: Disk): boolean {
  const path = ground.roots.locate(at);
  const [found] = path === null ? [] : disk.signatures([path]);
  return isSignature(found) && typeOf(found) !== "directory" && ctimeNsOf(found) > ns;
}

function runsOf(name: string | undefined, place: Recorded): Result<{ readonly red: Trace; readonly green: Trace }, Failure> {
  const named = runNamed(name, place);
  if (!named.ok) return named;
  const { runs } = place;
  const red = named.value === null ? firstRead(runs.heads(null), (run) => !isGreen(run), runs) : notGreen(runs.get(named.value));
  if (red === null) {
    const unread = runs.failures.length;
    if (named.value === null) return fail({ code: "no-red-run", message: `Cannot say why a run failed: none of the recorded ones did${unread === 0 ? "" : `, but ${plural(unread, "run", "runs")} cannot be read`}`, advice: "\"fathom runs\" lists them" });
    const [damaged] = place.runs.failures;
    return fail(damaged ?? { code: "no-red-run", message: `Cannot say why run "${named.value}" failed: it succeeded`, advice: "Without a name the last run that failed is meant" });
  }
  const isSame = (trace: RunHead): boolean => trace.cwd === red.cwd && trace.flags === red.flags && trace.command.join("\0") === red.command.join("\0");
  const isAlike = (trace: RunHead): boolean => trace.cwd === red.cwd && trace.command[0] === red.command[0] && (!SHELL_LINE.test(red.command.slice(0, 2).join(" ")) || likenessOfWords(trace.command, red.command) >= LIKENESS_MIN);
  const earlier = [...runs.heads(red.id)].filter(isGreen);
  const green = firstRead(earlier, isSame, runs) ?? firstRead(earlier, isAlike, runs);
  if (green === null) {
    return fail({ code: "no-green-run", message: `Cannot say what changed: no earlier run of "${toText(red.command.join(" "))}" that succeeded is recorded`, advice: "\"fathom why\" tells what is known of the run alone" });
  }
  return ok({ red, green });
}

/** What follows is a whole command, and "sh" alone says nothing of it. */
const SHELL_LINE = /(^|\/)(ba|da|z|k)?sh -[a-z]*c$/;
const LIKENESS_MIN = 0.5;

const notGreen = (trace: Trace | null): Trace | null => (trace === null || isGreen(trace) ? null : trace);

/** Whole; what cannot be read is passed over. */
function firstRead(heads: Iterable<RunHead>, isMeant: (run: RunHead) => boolean, runs: Recorded["runs"]): Trace | null {
  for (const head of heads) {
    const trace = isMeant(head) ? runs.get(head.id) : null;
    if (trace !== null) return trace;
  }
  return null;
}
