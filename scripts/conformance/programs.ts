// The behaviours of native/test/conformance as programs, one for each way of making
// the calls. What each behaviour does and what the ledger must say of it the C
// program tells itself; Go's is the same list by the same names.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../bundle.ts";

export const WAYS = ["dynamic glibc", "static glibc", "by number", "Go"] as const;
export type Way = (typeof WAYS)[number];

export interface Behaviour {
  readonly group: string;
  readonly name: string;
  readonly claim: string;
  readonly expected: readonly string[];
}

export interface Program {
  readonly path: string;
  /** In the order of the sources. */
  readonly behaviours: readonly Behaviour[];
}

const SOURCES = join(root, "native/test/conformance");
const FLAGS: Readonly<Record<Exclude<Way, "Go">, readonly string[]>> = { "dynamic glibc": [], "static glibc": ["-static"], "by number": ["-DRAW"] };

function made(command: string, args: readonly string[], cwd: string): void {
  const done = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, GO111MODULE: "off", CGO_ENABLED: "0" } });
  if (done.status !== 0) throw new Error(`Cannot compile the behaviours with "${command}": ${done.stderr}${String(done.error ?? "")}`);
}

/** The groups and rows of `list`: file, name, claim, expectation. */
function behavioursOf(path: string): readonly Behaviour[] {
  const listed = spawnSync(path, ["list"], { encoding: "utf8" });
  return listed.stdout.trimEnd().split("\n").map((line) => {
    const [file = "", name = "", claim = "", expected = ""] = line.split("\t");
    return { group: file.replace(/\.c$/, ""), name, claim, expected: expected.split("; ") };
  });
}

export const hasGo = (): boolean => spawnSync("go", ["version"]).status === 0;

/** Compiles the behaviours for a way into `folder`. Go's rows are those of C that it knows. */
export function programOf(way: Way, folder: string, all: readonly Behaviour[]): Program {
  const path = join(folder, way.replace(" ", "-"));
  if (way === "Go") {
    made("go", ["build", "-o", path, "."], join(SOURCES, "go"));
    const known = new Set(behavioursOf(path).map((row) => row.name));
    const strangers = [...known].filter((name) => !all.some((row) => row.name === name));
    if (strangers.length > 0) throw new Error(`Go has behaviours that C has not: ${strangers.join(", ")}`);
    return { path, behaviours: all.filter((row) => known.has(row.name) || row.name.startsWith("call_")) };
  }
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith(".c")).sort();
  /* Without reordering, the rows lie as the source has them. */
  made("gcc", ["-O1", "-Wall", "-Wextra", "-fno-toplevel-reorder", "-pthread", ...FLAGS[way], "-o", path, ...sources], SOURCES);
  return { path, behaviours: behavioursOf(path) };
}
