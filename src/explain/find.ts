// What somebody means who asks about a task, a file or a command.

import { toText } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { perhaps } from "../workspace/nearest.ts";
import type { Found, Ground } from "./ground.ts";
import type { Trace, TracedProcess } from "./trace.ts";
import { outermostBelow, tookUs } from "./why.ts";
import { commandText } from "./words.ts";
import { isReplayed } from "./ground.ts";

export interface FoundProcess extends Found {
  /** How many others of that run are meant as well. */
  readonly others: number;
}

const programName = (program: string): string => toText(program.slice(program.lastIndexOf("/") + 1));

/** What ran before what was replayed, what took longest first. */
function mostTelling(processes: readonly TracedProcess[]): TracedProcess | null {
  const ran = processes.filter((process) => !isReplayed(process));
  const among = ran.length > 0 ? ran : processes;
  return among.reduce<TracedProcess | null>((most, process) => (most === null || tookUs(process) > tookUs(most) ? process : most), null);
}

function among(processes: readonly TracedProcess[], trace: Trace): FoundProcess | null {
  // Of a chain of programs (sh that starts npm that starts node) the outermost says most.
  const images = new Set(processes.map(({ image }) => image));
  const outermost = processes.filter(({ parent }) => !images.has(parent));
  const process = mostTelling(outermost);
  return process === null ? null : { process, trace, others: outermost.length - 1 };
}

/** The command itself. */
export function wholeRun(trace: Trace): FoundProcess | null {
  const process = trace.traced.find(({ parent }) => parent === 0);
  return process === undefined ? null : { process, trace, others: 0 };
}

/** Of `fathom run`: what it started for a task ("web#build", or "build" of any package). */
export function taskIn(trace: Trace, name: string): FoundProcess | null {
  const root = wholeRun(trace)?.process;
  if (root === undefined) return null;
  const tasks = outermostBelow(root, trace).concat(trace.traced.filter(({ parent }) => parent === root.image));
  return among([...new Set(tasks)].filter(({ task }) => task !== null && (task === name || toText(task) === name || toText(task).endsWith(`#${name}`))), trace);
}

/** A program's name, or part of a command line. */
export function commandIn(trace: Trace, text: string, { roots }: Pick<Ground, "roots">): FoundProcess | null {
  const named = trace.traced.filter(({ program, argv }) => programName(program) === text || programName(argv[0] ?? "") === text);
  if (named.length > 0) return among(named, trace);
  const lines = trace.traced.map((process) => ({ process, line: commandText(process, roots) }));
  // A shell has the lines of all that it starts in its own.
  for (const isMeant of [(line: string) => line === text, (line: string) => line.startsWith(text), (line: string) => line.includes(text)]) {
    const found = among(lines.filter(({ line }) => isMeant(line)).map(({ process }) => process), trace);
    if (found !== null) return found;
  }
  return null;
}

/** The newest run that knows it. */
export function findProcess(name: string, traces: Iterable<Trace>, ground: Pick<Ground, "roots">): Result<FoundProcess, Failure> {
  const tasks = new Set<string>();
  const programs = new Set<string>();
  let count = 0;
  for (const trace of traces) {
    count += 1;
    const found = taskIn(trace, name) ?? (name.includes("#") ? null : commandIn(trace, name, ground));
    if (found !== null) return ok(found);
    for (const { task, program } of trace.traced) {
      programs.add(programName(program));
      if (task !== null) tasks.add(toText(task));
    }
  }
  const message = `Cannot say why "${name}": in ${count === 1 ? "the one recorded run" : `the ${String(count)} recorded runs`} there is no task, file or command of that name`;
  return fail({ code: "why-unknown", message, advice: perhaps(name, [...tasks, ...programs], "\"fathom runs\" lists the runs; give a task, a file, or part of a command line") });
}
