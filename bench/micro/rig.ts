// What the small measurements share: a folder, programs made from C, Fathom, and
// variants measured in turn, so that a machine that slows down slows all of them.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../src/base/scratch.ts";
import { root } from "../../scripts/bundle.ts";
import { run } from "../shell.ts";
import { median } from "../table.ts";

type Command = readonly [string, ...string[]];

export interface Place {
  readonly folder: string;
  readonly rounds: number;
}

/** What was measured, in words and figures. The target is that of the project; nothing fails here. */
export interface Row {
  readonly what: string;
  readonly bare: string;
  readonly fathom: string;
  readonly costs: string;
  readonly target: string;
}

export const fathom = join(root, "bin/fathom");

/** Compiles bench/micro/<name>.c into a folder, which is where it must run: elsewhere its name is a temporary one. */
export function program(folder: string, name: string): string {
  const out = join(folder, name);
  run(["cc", "-O2", "-o", out, join(root, `bench/micro/${name}.c`)], folder, process.env);
  return out;
}

/** An empty folder for this. */
export function emptied(place: Place, name: string): string {
  const folder = join(place.folder, name);
  removeTree(folder);
  mkdirSync(folder, { recursive: true });
  return folder;
}

export const environment = (store: string): NodeJS.ProcessEnv => ({ ...process.env, FATHOM_STORE: store });

/** Milliseconds from the start of the process to its end. */
export function wallMs(command: Command, folder: string, env: NodeJS.ProcessEnv): number {
  const startedNs = process.hrtime.bigint();
  const [name, ...args] = command;
  const child = spawnSync(name, args, { cwd: folder, env, stdio: "ignore" });
  const ms = Number(process.hrtime.bigint() - startedNs) / 1e6;
  if (child.error !== undefined) throw child.error;
  if (child.status !== 0) throw new Error(`"${command.join(" ")}" ended with ${child.signal ?? String(child.status)}`);
  return ms;
}

/** The median of each, measured in turn: A B A B. */
export function inTurn<Name extends string>(rounds: number, variants: Readonly<Record<Name, () => number>>): Readonly<Record<Name, number>> {
  const names = Object.keys(variants) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const name of names) values.get(name)?.push(variants[name]());
  return Object.fromEntries(names.map((name) => [name, median(values.get(name) ?? [])])) as Record<Name, number>;
}

export const ms = (value: number): string => `${value.toFixed(1)} ms`;
