// What ninja says of its own edges: `ninja -t graph` (which file waits for which) and
// `ninja -t compdb` (which command makes which). Dependencies that a compiler told it
// (deps logs) are in the graph only where a build file names them, as at the first build.

import { posix } from "node:path";
import type { DeclaredGraph, DeclaredTarget } from "./declared-graph.ts";

const NODE = /^"(0x[0-9a-f]+)" \[label="(.*)"(, shape=ellipse)?\]$/;
const EDGE = /^"(0x[0-9a-f]+)" -> "(0x[0-9a-f]+)"(?: \[.*\])?$/;

interface Command {
  readonly line: string;
  readonly target: string;
}

/** Null: it is not what ninja writes. */
export function parseNinja(graph: string, commands: string, folder: string): DeclaredGraph | null {
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
  const targets = new Map<string, DeclaredTarget>();
  for (const [id, name] of names) {
    const before = from.get(id) ?? [];
    const waitsFor = namesOf(before.flatMap((each) => (rules.has(each) ? (from.get(each) ?? []) : [each])));
    const alsoMakes = [...names].filter(([other]) => other !== id && (from.get(other) ?? []).some((rule) => rules.has(rule) && before.includes(rule))).map(([, each]) => each);
    if (before.length > 0) targets.set(name, { waitsFor, alsoMakes, isPhony: false, isOfPattern: false, place: null });
  }
  return { tool: "ninja", folder, targets, lines, ownFiles: new Set([posix.resolve(folder, "build.ninja")]), isSerial: false };
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
