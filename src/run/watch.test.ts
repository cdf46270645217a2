// Which tasks a change concerns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import type { Observation } from "../ledger/footprint.ts";
import { CHAIN, diskWith, valueOf, workspaceOf } from "../workspace/fake-workspace.ts";
import { taskGraph, type TaskId } from "../workspace/graph.ts";
import { linksOf } from "../workspace/links.ts";
import { Rules } from "../workspace/rules.ts";
import { PathsSeen } from "./paths-seen.ts";
import { concernedBy, type Change, type TaskSaw } from "./watch.ts";

const workspace = workspaceOf(diskWith(CHAIN));
const packages = workspace.packages.map(({ name }) => name);
const { graph } = valueOf(taskGraph({ tasks: ["build"], packages, isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules([]) }));

const looking = (observations: readonly Observation[], wrote: readonly string[]): TaskSaw => ({ lookedAt: PathsSeen.lookedAt({ observations }), wrote: PathsSeen.of(wrote) });
const missing = (path: string): Observation => ({ kind: "missing", path: absPath(path) });

/** b reads a's output; docs reads a file, a name that is not there, and lists a folder. */
const SAW: Readonly<Record<string, TaskSaw>> = {
  "@s/a#build": looking([missing("/w/a.ts")], ["/w/a/out"]),
  "@s/b#build": looking([missing("/w/a/out")], ["/w/b/out"]),
  "web#build": looking([], []),
  "docs#build": looking([missing("/w/docs/in"), missing("/w/docs/maybe"), { kind: "listed", path: absPath("/w/docs/pages"), names: "" }], []),
};

const concerned = (changes: readonly (Partial<Change> & { readonly at: string })[], saw = SAW): string[] =>
  [...concernedBy(changes.map(({ at, ...rest }) => ({ path: absPath(at), isName: false, isDuring: false, ...rest })), graph, (id: TaskId) => saw[id] ?? null).tasks].filter((id) => id in SAW);

test("a file that a task read concerns it, and what waits for it", () => {
  assert.deepEqual(concerned([{ at: "/w/docs/in" }]), ["docs#build"]);
  assert.deepEqual(concerned([{ at: "/w/a.ts" }]), ["@s/a#build", "@s/b#build", "web#build"]);
});

test("a name that appears concerns who looked for it and who listed its folder; a content in that folder does not", () => {
  assert.deepEqual(concerned([{ at: "/w/docs/maybe", isName: true }]), ["docs#build"]);
  assert.deepEqual(concerned([{ at: "/w/docs/pages/new.md", isName: true }]), ["docs#build"]);
  assert.deepEqual(concerned([{ at: "/w/docs/pages/old.md" }]), []);
});

test("what nobody looked at concerns nobody, and is no reason", () => {
  const { tasks, because } = concernedBy([{ path: absPath("/w/README.md"), isName: true, isDuring: false }], graph, (id) => SAW[id] ?? looking([], []));
  assert.deepEqual([tasks.size, because], [0, []]);
});

test("what a task made while it ran concerns nobody; by hand, who made it and who reads it", () => {
  assert.deepEqual(concerned([{ at: "/w/a/out", isDuring: true, isName: true }]), []);
  assert.deepEqual(concerned([{ at: "/w/a/out" }]), ["@s/a#build", "@s/b#build", "web#build"]);
});

test("an edit of what a task reads, while it runs, concerns it", () => {
  assert.deepEqual(concerned([{ at: "/w/docs/in", isDuring: true }]), ["docs#build"]);
});

test("a task of which nothing is known is concerned by whatever nobody made, when nothing runs", () => {
  const saw = Object.fromEntries(Object.entries(SAW).filter(([id]) => id !== "docs#build"));
  assert.deepEqual(concerned([{ at: "/w/README.md" }], saw), ["docs#build"]);
  assert.deepEqual(concerned([{ at: "/w/README.md", isDuring: true }], saw), []);
  assert.deepEqual(concerned([{ at: "/w/b/out" }], saw), ["@s/b#build", "web#build"]);
});
