// Who waits for whom. A process can go on when one of its threads can: by itself, or
// because one of those that could wake it can. All others are stuck. What is not
// understood counts as able to go on: nobody is called hung because we cannot see.

import type { Holders } from "./holders.ts";
import type { Sample } from "./sample.ts";
import { waitsOf, type Wait } from "./waits.ts";

export interface Node {
  readonly pid: number;
  readonly waits: readonly Wait[];
  /** Who could wake it. */
  readonly helpers: ReadonlySet<number>;
  /** It goes on by itself. */
  readonly source: "moves" | "timer" | "guess" | null;
}

export interface WaitFor {
  readonly nodes: ReadonlyMap<number, Node>;
  /** Who can go on, by itself or since somebody will wake it. */
  readonly alive: ReadonlySet<number>;
}

export interface WaitForContext {
  readonly sample: Sample;
  readonly holders: Holders;
  /** Who was seen to move between two samples. */
  readonly moved: ReadonlySet<number>;
  /** The build; of others only what they do by themselves counts, not what may come to them from elsewhere. */
  readonly within: ReadonlySet<number>;
  readonly ours: ReadonlySet<number>;
}

export function waitFor(context: WaitForContext): WaitFor {
  const nodes = new Map<number, Node>();
  const open = [...context.within];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (nodes.has(pid)) continue;
    const node = nodeOf(pid, context);
    nodes.set(pid, node);
    open.push(...node.helpers);
  }
  return { nodes, alive: aliveIn(nodes) };
}

function aliveIn(nodes: ReadonlyMap<number, Node>): ReadonlySet<number> {
  const helped = new Map<number, number[]>();
  for (const { pid, helpers } of nodes.values()) for (const helper of helpers) helped.set(helper, [...(helped.get(helper) ?? []), pid]);
  const alive = new Set<number>();
  const open = [...nodes.values()].filter(({ source }) => source !== null).map(({ pid }) => pid);
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (alive.has(pid)) continue;
    alive.add(pid);
    open.push(...(helped.get(pid) ?? []));
  }
  return alive;
}

/** Strongest first. */
type Source = Exclude<Node["source"], null>;
const STRENGTH: Readonly<Record<Source, number>> = { moves: 2, timer: 1, guess: 0 };

function nodeOf(pid: number, context: WaitForContext): Node {
  const { sample, holders, moved, within, ours } = context;
  const process = sample.processes.get(pid);
  if (ours.has(pid)) return { pid, waits: [], helpers: new Set(), source: "moves" };
  if (process === undefined || process.threads.length === 0) return { pid, waits: [], helpers: new Set(), source: "guess" };
  // It has ended, and its parent will hear of it.
  if (process.state === "Z") return { pid, waits: [], helpers: new Set(), source: "moves" };
  const waits = waitsOf(process, holders);
  const helpers = new Set<number>();
  let source: Source | null = moved.has(pid) ? "moves" : null;
  const found = (one: Source): void => { if (source === null || STRENGTH[one] > STRENGTH[source]) source = one; };
  const isWithin = within.has(pid);
  const children = (): readonly number[] => [...sample.processes.values()].filter(({ parent }) => parent === pid).map((child) => child.pid);
  const help = (pids: readonly number[]): void => { for (const each of pids) helpers.add(each); };
  const visit = (wait: Wait): void => {
    switch (wait.kind) {
      case "runs": case "device": return found("moves");
      case "timer": return found("timer");
      case "fathom": return help([...ours]);
      case "pipe": {
        const others = holders.otherEnd(wait.pipe, wait.doing);
        if (others.length === 0) found("guess");
        return help(others);
      }
      case "socket": {
        const peers = holders.peers(wait.inode);
        if (peers.kind === "processes") return help(peers.pids);
        return isWithin ? found("guess") : undefined;
      }
      case "child": return help(wait.pid !== null && children().includes(wait.pid) ? [wait.pid] : children());
      case "signal": return help(children());
      case "lock": return help(holders.lockHolders(pid, wait.path));
      case "memory": return help(holders.sharers(pid, wait.address) ?? []);
      case "outside": case "unknown": return isWithin ? found("guess") : undefined;
      case "any":
        for (const each of wait.of) visit(each);
        return;
      case "fifo": case "terminal": case "stopped": return;
    }
  };
  for (const wait of waits) visit(wait);
  return { pid, waits, helpers, source };
}

/** Each circle of stuck processes once; and those stuck ones that wait for nobody who is there. */
export function knots({ nodes, alive }: WaitFor): { readonly circles: readonly (readonly number[])[]; readonly ends: readonly number[] } {
  const circles: number[][] = [];
  const ends: number[] = [];
  const done = new Set<number>();
  const walk = (pid: number, way: readonly number[]): void => {
    const at = way.indexOf(pid);
    if (at >= 0) {
      circles.push(way.slice(at));
      return;
    }
    if (done.has(pid)) return;
    const helpers = [...(nodes.get(pid)?.helpers ?? [])].filter((helper) => !alive.has(helper));
    const others = helpers.filter((helper) => helper !== pid);
    // To wait for oneself is a circle of one, unless somebody else could do it as well.
    if (helpers.length === 0) ends.push(pid);
    else if (others.length === 0) circles.push([pid]);
    for (const helper of others) walk(helper, [...way, pid]);
    done.add(pid);
  };
  for (const pid of [...nodes.keys()].sort((a, b) => a - b)) if (!alive.has(pid)) walk(pid, []);
  return { circles, ends };
}
