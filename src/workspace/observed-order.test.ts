// The order that earlier runs saw.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import { CHAIN, diskWith, valueOf, workspaceOf } from "./fake-workspace.ts";
import { taskGraph, waitsFor, type TaskId } from "./graph.ts";
import { linksOf } from "./links.ts";
import { encodeOrder, merged, readOrder, type ObservedEdge } from "./observed-order.ts";
import { Rules } from "./rules.ts";

const ROOT = absPath("/w");
const edge = (before: string, after: string, path = "/w/x"): ObservedEdge => ({ before: before as TaskId, after: after as TaskId, path: absPath(path) });

function ordered(observed: readonly ObservedEdge[], tasks: readonly string[], isParallel = false): string[] {
  const workspace = workspaceOf(diskWith(CHAIN));
  const { graph } = valueOf(taskGraph({ tasks, packages: workspace.packages.map(({ name }) => name), isOnly: false, isParallel }, { workspace, links: linksOf(workspace), rules: new Rules([]), observed }));
  return [...graph.values()].filter(({ command }) => command !== null).map(({ id, dependsOn }) => `${id}${dependsOn.length > 0 ? ` after ${dependsOn.join(" ")}` : ""}`);
}

test("what is written is read back, whatever the path", () => {
  const edges = [edge("a#build", "b#build", "/w/a/\"strange\" \xc3\xa9"), edge("b#build", "c#test")];
  assert.deepEqual(valueOf(readOrder(new FakeDisk({ "/w/.fathom/order.json": encodeOrder(ROOT, edges) }), ROOT)), edges);
  assert.deepEqual(valueOf(readOrder(new FakeDisk(), ROOT)), []);
});

test("a file that says something else is named, and nothing of it is believed", () => {
  for (const text of ["", "{", "[]", "{}", '{"version":2,"edges":[]}', '{"version":1}', '{"version":1,"edges":[{"before":"a","after":1,"path":"x"}]}', '{"version":1,"edges":[7]}']) {
    const read = readOrder(new FakeDisk({ "/w/.fathom/order.json": text }), ROOT);
    assert.equal(read.ok ? "" : read.failure.code, "order-invalid", text);
  }
});

test("a pair that was seen again has its new path; one that was not, though both were seen, is gone", () => {
  const known = [edge("a#b", "c#b", "/w/old"), edge("a#b", "d#b"), edge("e#b", "c#b")];
  const after = merged(known, [edge("a#b", "c#b", "/w/new")], new Set(["a#b", "c#b", "d#b"] as TaskId[]));
  assert.deepEqual(after, [edge("a#b", "c#b", "/w/new"), edge("e#b", "c#b")]);
});

test("a task waits for what it was seen to read from, which comes into the run with all that is before it", () => {
  assert.deepEqual(ordered([edge("@s/b#build", "docs#build")], ["docs#build"]), ["@s/a#build", "@s/b#build after @s/a#build", "docs#build after @s/b#build"]);
});

test("an observed order never closes a circle, names no task that is gone, and counts for nothing in parallel", () => {
  assert.deepEqual(ordered([edge("@s/b#build", "@s/a#build"), edge("gone#build", "docs#build"), edge("docs#gone", "docs#build")], ["docs#build", "@s/b#build"]),
    ["docs#build", "@s/a#build", "@s/b#build after @s/a#build"]);
  assert.deepEqual(ordered([edge("@s/b#build", "docs#build")], ["build"], true).filter((line) => line.startsWith("docs")), ["docs#build"]);
});

test("waiting goes through what is in between", () => {
  const workspace = workspaceOf(diskWith(CHAIN));
  const { graph } = valueOf(taskGraph({ tasks: ["build"], packages: ["web"], isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules([]) }));
  assert.deepEqual([waitsFor(graph, "web#build" as TaskId, "@s/a#build" as TaskId), waitsFor(graph, "@s/a#build" as TaskId, "web#build" as TaskId)], [true, false]);
});
