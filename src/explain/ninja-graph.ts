// What ninja says of its own edges: `ninja -t graph` (which file waits for which),
// `ninja -t compdb` (which command makes which) and `ninja -t deps` (what compilers told
// it that they had read, which is not in the graph: at the first build it is not known).

import { posix } from "node:path";
import type { DeclaredGraph, DeclaredTarget } from "./declared-graph.ts";

const NODE = /^"(0x[0-9a-f]+)" \[label="(.*)"(, shape=ellipse)?\]$/;
const EDGE = /^"(0x[0-9a-f]+)" -> "(0x[0-9a-f]+)"(?: \[.*\])?$/;
const DEPS = /^(.+): #deps \d+, /;

interface Command {
  readonly line: string;
  readonly target: string;
}

export interface NinjaSays {
  readonly graph: string;
  readonly commands: string;
  readonly deps: string;
}

/** Null: it is not what ninja writes. */
export function parseNinja({ graph, commands, deps }: NinjaSays, folder: string): DeclaredGraph | null {
  const lines = commandsIn(commands, folder);
  if (lines === null || !graph.startsWith("digraph ninja")) return null;
  const names = new Map<string, string>();
  const rules = new Set<string>();
  const from = new Map<string, string[]>();
  for (const line of graph.split("\n")) {
    const node = NODE.exec(line);
    const edge = EDGE.exec(line);
    if (node !== null) {
      const id = node[1] ?? "";
      if (node[3] === undefined) names.set(id, posix.resolve(folder, node[2] ?? ""));
      else rules.add(id);
    } else if (edge !== null) {
      const [, before = "", after = ""] = edge;
      const known = from.get(after);
      if (known === undefined) from.set(after, [before]);
      else known.push(before);
    }
  }
  const namesOf = (ids: readonly string[]): string[] => ids.flatMap((id) => names.get(id) ?? []);
  const madeBy = new Map<string, string[]>();
  for (const [id, name] of names) {
    for (const rule of from.get(id) ?? []) if (rules.has(rule)) madeBy.set(rule, [...(madeBy.get(rule) ?? []), name]);
  }
  const targets = new Map<string, DeclaredTarget>();
  for (const [id, name] of names) {
    const before = from.get(id) ?? [];
    const waitsFor = namesOf(before.flatMap((each) => (rules.has(each) ? (from.get(each) ?? []) : [each])));
    const alsoMakes = before.flatMap((rule) => madeBy.get(rule) ?? []).filter((each) => each !== name);
    if (before.length > 0) targets.set(name, { waitsFor, alsoMakes, isPhony: false, isOfPattern: false, place: null });
  }
  return { tool: "ninja", folder, targets, learned: learnedIn(deps, folder), lines, ownFiles: new Set([posix.resolve(folder, "build.ninja")]), serialFiles: new Set(), defaultGoals: new Set() };
}

/** "a.o: #deps 2, deps mtime 17 (VALID)", then a line for each file. */
function learnedIn(text: string, folder: string): ReadonlyMap<string, ReadonlySet<string>> {
  const learned = new Map<string, Set<string>>();
  let read = new Set<string>();
  for (const line of text.split("\n")) {
    const target = DEPS.exec(line)?.[1];
    if (target !== undefined) learned.set(posix.resolve(folder, target), read = new Set());
    else if (line.startsWith("    ")) read.add(posix.resolve(folder, line.slice(4)));
  }
  return learned;
}

function commandsIn(text: string, folder: string): readonly Command[] | null {
  const parsed = parsedJson(text);
  if (!Array.isArray(parsed)) return null;
  return parsed.flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null || !("command" in each) || !("output" in each)) return [];
    const { command, output } = each;
    return typeof command === "string" && typeof output === "string" && command !== "" ? [{ line: command, target: posix.resolve(folder, output) }] : [];
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // As good as nothing said.
  }
}
