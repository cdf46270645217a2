// Hung or slow: what a tree of processes does now, and if it will never go on, who
// waits for whom. From a few looks at all processes; nothing is changed by it.

import { toText } from "../../base/path.ts";
import { plural } from "../words.ts";
import { Holders } from "./holders.ts";
import { below, TICK_NS, type ProcessSample, type Sample } from "./sample.ts";
import { knots, waitFor, type Node, type WaitFor } from "./wait-for.ts";
import { waitText } from "./wait-text.ts";

/** "slow": it goes on, by itself or when a time has passed. */
export type StandingVerdict = "hung" | "slow";

export type Grade =
  /** It was seen to move. */
  | "confirmed"
  /** It fits all that the kernel tells. */
  | "consistent"
  /** Whether somebody will wake it cannot be seen from here. */
  | "guess";

export interface StandingProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly cpuMs: number;
  readonly aliveMs: number;
  /** Half a sentence. */
  readonly does: string;
  readonly moves: boolean;
  /** Nothing that can be seen will wake it. */
  readonly isStuck: boolean;
  /** Processes that could wake it. */
  readonly waitsFor: readonly number[];
}

export interface Standing {
  readonly verdict: StandingVerdict;
  readonly certainty: Grade;
  /** One sentence, without full stop. */
  readonly sentence: string;
  readonly processes: readonly StandingProcess[];
  /** Who waits for each other, in a circle. */
  readonly circles: readonly (readonly number[])[];
  /** Where the waiting ends: who waits for nobody that is there. */
  readonly ends: readonly number[];
}

export interface StandingContext {
  /** The newest last. */
  readonly sample: Sample;
  readonly moved: ReadonlySet<number>;
  readonly roots: readonly number[];
  readonly holders: Holders;
  readonly ours: ReadonlySet<number>;
  readonly uptimeTicks: number;
}

export function standingOf(context: StandingContext): Standing {
  const { sample, moved, roots, holders, ours } = context;
  const within = new Set(roots.flatMap((root) => [root, ...below(root, sample)]).filter((pid) => !ours.has(pid) && sample.processes.has(pid)));
  const graph = waitFor({ sample, holders, moved, within, ours });
  const { circles, ends } = knots({ nodes: new Map([...graph.nodes].filter(([pid]) => within.has(pid))), alive: graph.alive });
  const name = (pid: number): string => `"${commandOf(pid, context)}" (${String(pid)})`;
  const processes = [...within].sort((a, b) => a - b).flatMap((pid) => {
    const process = sample.processes.get(pid);
    const node = graph.nodes.get(pid);
    return process === undefined || node === undefined ? [] : [standingProcess(process, node, graph, context, name)];
  });
  // Nothing of it is there any more: Fathom stores what it did.
  const isHung = processes.length > 0 && !roots.some((root) => graph.alive.has(root));
  const stuck = knotText(circles, ends, processes, name);
  const sources = processes.flatMap(({ pid }) => { const source = graph.nodes.get(pid)?.source ?? null; return source === null ? [] : [source]; });
  const certainty = isHung ? "consistent" : sources.includes("moves") && moved.size > 0 ? "confirmed" : sources.includes("timer") ? "consistent" : "guess";
  return { verdict: isHung ? "hung" : "slow", certainty, sentence: isHung ? `Hung: ${stuck}` : slowText(processes, graph, stuck, name), processes, circles, ends };
}

function standingProcess(process: ProcessSample, node: Node, { alive }: WaitFor, context: StandingContext, name: (pid: number) => string): StandingProcess {
  const { pid, parent, cpuNs, startedTicks } = process;
  const moves = context.moved.has(pid) || node.waits.some(({ kind }) => kind === "runs" || kind === "device");
  const [wait] = node.waits;
  const helpers = [...node.helpers].filter((helper) => !context.ours.has(helper));
  return {
    pid, parent, command: commandOf(pid, context), cpuMs: Math.floor(cpuNs / 1e6), aliveMs: Math.max(0, (context.uptimeTicks - startedTicks) * TICK_NS / 1e6), moves, isStuck: !alive.has(pid),
    does: process.state === "Z" ? "has ended, and its parent has not asked yet" : moves ? "runs" : wait === undefined ? "cannot be looked at" : waitText(wait, pid, helpers, name), waitsFor: helpers,
  };
}

/** The program and its arguments as a person would type them. */
export function commandOf(pid: number, { holders, sample }: Pick<StandingContext, "holders" | "sample">): string {
  const words = (holders.proc.text(`${String(pid)}/cmdline`) ?? "").split("\0").filter((word) => word !== "");
  const [first, ...rest] = words;
  const text = first === undefined ? (sample.processes.get(pid)?.name ?? "") : [first.slice(first.lastIndexOf("/") + 1), ...rest].join(" ");
  return toText(text.replace(/\s+/g, " ").slice(0, COMMAND_CHARACTERS_MAX));
}

/** What a command is called only has to be recognised. */
const COMMAND_CHARACTERS_MAX = 60;

function knotText(circles: Standing["circles"], ends: Standing["ends"], processes: readonly StandingProcess[], name: (pid: number) => string): string {
  const doing = (pid: number): string => `${name(pid)} ${processes.find((process) => process.pid === pid)?.does ?? ""}`;
  const [circle] = circles;
  const [end] = ends;
  if (circle !== undefined && circle.length > 1) return `${plural(circle.length, "process waits", "processes wait")} for each other: ${circle.map(doing).join("; ")}`;
  const [alone] = circle ?? [];
  const pid = end ?? alone;
  return pid === undefined ? "" : doing(pid);
}

function slowText(processes: readonly StandingProcess[], { nodes, alive }: WaitFor, stuck: string, name: (pid: number) => string): string {
  if (processes.length === 0) return "Not hung: its command has ended, and Fathom is at work";
  const moving = processes.filter(({ moves }) => moves);
  const busiest = [...moving].sort((a, b) => b.cpuMs - a.cpuMs)[0];
  const isStuck = processes.some(({ pid }) => !alive.has(pid));
  const rest = isStuck && stuck !== "" ? `; but stuck: ${stuck}` : "";
  if (busiest !== undefined) return `Not hung: ${plural(moving.length, "process", "processes")} of ${String(processes.length)} ${moving.length === 1 ? "runs" : "run"}, most of all ${name(busiest.pid)}${rest}`;
  const timed = processes.find(({ pid }) => nodes.get(pid)?.source === "timer");
  if (timed !== undefined) return `Not hung: nothing moves now, and ${name(timed.pid)} ${timed.does}${rest}`;
  const guessed = processes.find(({ pid }) => nodes.get(pid)?.source === "guess");
  if (guessed !== undefined) return `Probably not hung: ${name(guessed.pid)} ${guessed.does}; whether that comes cannot be seen from here${rest}`;
  const outside = processes.find(({ waitsFor }) => waitsFor.some((pid) => !processes.some((process) => process.pid === pid)));
  return outside === undefined ? `Not hung: it waits for Fathom${rest}` : `Not hung by itself: ${name(outside.pid)} ${outside.does}, outside of this build${rest}`;
}
