// Views as a user has them, for tests: the installed command on a real workspace,
// by its JSON. As root or as an ordinary user, whose overlays are others'.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, futimesSync, openSync, statSync } from "node:fs";
import { describeTree } from "../../src/base/scratch.ts";
import { confined } from "./confined.ts";
import { FATHOM, type Rig } from "./rig.ts";

export interface Told {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface Effect {
  readonly kind: string;
  readonly path: string;
  readonly from?: string;
}

export interface Tried {
  readonly view: string;
  readonly exitCode: number;
  readonly effects: readonly Effect[];
  readonly reads: readonly string[];
  readonly missing: readonly string[];
  readonly sawAll: boolean;
  /** Units. */
  readonly replayed: number;
  readonly changedOutside: readonly string[];
  readonly stale: readonly { readonly path: string; readonly by: string | null }[];
  readonly became: string;
  readonly outputs?: { readonly laid: number; readonly fetched: number };
  readonly conflicts?: readonly { readonly path: string; readonly reason: string }[];
}

/** Who runs it: nothing in front for the user of the tests. */
export type Who = readonly string[];
export const ORDINARY_USER = ["user=64321", "--"] as const;

/** Root is refused nothing, so tests of what is not root's go by another way. */
export const ordinary = (): Who => (process.getuid?.() === 0 ? [confined(), ...ORDINARY_USER] : []);

/** Where nothing can be mounted: calls are led into views. */
export const led = (): Who => [confined(), "deny=unshare:EPERM", "--"];
/** As in a default container, for one who is not root there. */
export const ledOrdinary = (): Who => [confined(), "deny=unshare,pidfd_getfd,kcmp:EPERM", ...ordinary().slice(1)];
/** Where no namespace can be had and nobody can be stopped: the workspace is copied. */
const copied = (): Who => [confined(), "deny=unshare,ptrace:EPERM", "--"];

export interface Way {
  readonly name: string;
  readonly who: () => Who;
  /** Why no view is made so here; false: it is. */
  readonly skip: string | false;
}

const isRoot = process.getuid?.() === 0;

/** Each way in which a view is made, for somebody. */
export const WAYS: readonly Way[] = [
  { name: "root", who: () => [], skip: isRoot ? false : "not run by root" },
  { name: "an ordinary user", who: ordinary, skip: false },
  { name: "root, who may not mount", who: led, skip: isRoot ? false : "not run by root" },
  { name: "an ordinary user, who may not mount", who: ledOrdinary, skip: isRoot ? false : "becoming others takes root" },
  { name: "one who gets a copy", who: copied, skip: false },
];

/** The workspace, and where views of it are kept, are his. */
export function giveTo(rig: Rig, who: Who): void {
  if (who.includes(ORDINARY_USER[0])) rig.bare(["chown", "-R", "64321:64321", rig.scratch]);
}

export function say(rig: Rig, args: readonly string[], who: Who = []): Told {
  const [program = "", ...words] = [...who, FATHOM, ...args];
  const run = spawnSync(program, words, { cwd: rig.work, env: { ...rig.env }, encoding: "utf8" });
  return { stdout: run.stdout, stderr: run.stderr, code: run.status };
}

/** What it says on stdout; a failure fails the test. */
export function ask(rig: Rig, args: readonly string[], who: Who = []): string {
  const { stdout, stderr, code } = say(rig, args, who);
  assert.equal(code, 0, `fathom ${args.join(" ")}: ${stderr}`);
  return stdout;
}

export function attempt(rig: Rig, flags: readonly string[], script: string, who: Who = []): Tried {
  const { stderr } = say(rig, ["try", "--json", ...flags, "--", "sh", "-c", script], who);
  return JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as Tried;
}

/** "modified src/a.c", sorted as they come. */
export const brief = (effects: readonly Effect[]): readonly string[] => effects.map(({ kind, path, from }) => `${kind} ${from === undefined ? "" : `${from} -> `}${path}`);

/** What is in the workspace, ours left out. */
export function tree(rig: Rig): ReadonlyMap<string, string> {
  return new Map([...describeTree(rig.work)].filter(([path]) => path !== ".fathom" && !path.startsWith(".fathom/")));
}

/** When this returns, what is written has a later time than all that was written before: file times move on with the clock's tick. */
export function tick(rig: Rig): void {
  const path = rig.path(`${rig.scratch}/tick`);
  const touched = (): number => {
    const fd = openSync(path, "w");
    futimesSync(fd, 1, 1); // Its status changes now.
    closeSync(fd);
    return statSync(path).ctimeMs;
  };
  for (const first = touched(); touched() === first;) continue;
}
