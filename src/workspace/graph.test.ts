// Which tasks there are and what each waits for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAIN, diskWith, valueOf, workspaceOf, type Files } from "./fake-workspace.ts";
import { taskGraph, type Wanted } from "./graph.ts";
import { linksOf } from "./links.ts";
import { readNx } from "./dialects/nx.ts";
import { readTurbo } from "./dialects/turbo.ts";
import { readWireit } from "./dialects/wireit.ts";
import { Rules } from "./rules.ts";

function graphOf(files: Files, wanted: Partial<Wanted> & Pick<Wanted, "tasks">): { readonly lines: string[]; readonly notes: readonly string[] } {
  const disk = diskWith(files);
  const workspace = workspaceOf(disk);
  const sources = [readTurbo, readNx, readWireit].map((read) => valueOf(read(disk, workspace))).filter((source) => source !== null);
  const rules = new Rules(sources);
  const packages = workspace.packages.map(({ name }) => name);
  const built = taskGraph({ packages, isOnly: false, isParallel: false, ...wanted }, { workspace, links: linksOf(workspace), rules });
  if (!built.ok) return { lines: [`${built.failure.code}: ${built.failure.message}`], notes: [built.failure.advice ?? ""] };
  const lines = [...built.value.graph.values()].map(({ id, command, dependsOn, rule }) =>
    `${id}${command === null ? " -" : ""}${rule.persistent ? " stays" : ""}${dependsOn.length > 0 ? ` after ${dependsOn.join(" ")}` : ""}`);
  return { lines, notes: rules.notes };
}

test("without a word of configuration a task waits for the same task of what its package depends on", () => {
  assert.deepEqual(graphOf(CHAIN, { tasks: ["build"] }).lines, [
    "docs#build", "@s/a#build", "@s/b#build after @s/a#build", "@s/c#build - after @s/b#build", "web#build after @s/c#build",
  ]);
});

test("turbo.json: tasks of the same package, of others, and of packages that extend it", () => {
  const files = {
    ...CHAIN,
    "turbo.json": `{ // with comments
      "tasks": { "build": { "dependsOn": ["^build", "$NODE_ENV"] }, "test": { "dependsOn": ["build", "docs#build"] }, "dev": { "cache": false, "persistent": true, "dependsOn": ["//#lint"] }, "//#lint": {}, }
    }`,
    "apps/web/turbo.json": { extends: ["//"], tasks: { build: { dependsOn: [] } } },
  };
  assert.deepEqual(graphOf(files, { tasks: ["test"] }).lines, ["@s/a#build", "@s/b#build after @s/a#build", "docs#build", "@s/b#test after @s/b#build docs#build"]);
  assert.deepEqual(graphOf(files, { tasks: ["build"], packages: ["web"] }).lines, ["web#build"]);
  assert.deepEqual(graphOf(files, { tasks: ["dev"] }).lines, ["//#lint", "web#dev stays after //#lint"]);
});

test("a task that turbo.json knows without an order waits for nothing", () => {
  assert.deepEqual(graphOf({ ...CHAIN, "turbo.json": { pipeline: { build: {} } } }, { tasks: ["build"], packages: ["@s/b"] }).lines, ["@s/b#build"]);
});

test("turbo.json: what it says of one package's task stands for what it says of all; the package's own file adds to that", () => {
  const files = { ...CHAIN, "turbo.json": { tasks: { build: { dependsOn: ["^build"], cache: false }, "@s/b#build": { outputs: [] }, "web#build": { dependsOn: ["docs#build"] } } }, "apps/web/turbo.json": { extends: ["//"], tasks: { build: { persistent: true } } } };
  assert.deepEqual(graphOf(files, { tasks: ["build"], packages: ["@s/b", "web"] }).lines, ["@s/b#build", "docs#build", "web#build stays after docs#build"]);
});

test("where no package is chosen, the root's task is meant if somebody speaks of it by name", () => {
  const turbo = { ...CHAIN, "package.json": { name: "root", workspaces: ["apps/*"], scripts: { lint: "eslint .", build: "make" } }, "turbo.json": { tasks: { lint: {}, build: {}, "//#lint": {} } } };
  assert.deepEqual(graphOf(turbo, { tasks: ["lint", "build"], isAll: true }).lines, ["//#lint", "docs#build", "web#build"]);
  assert.deepEqual(graphOf(turbo, { tasks: ["lint"] }), { lines: ["task-unknown: Cannot find a script \"lint\" in any of the chosen packages"], notes: ["The root has one: fathom run //#lint"] });
});

test("nx.json: defaults of targets, and what a project says itself", () => {
  const files = {
    ...CHAIN,
    "nx.json": { targetDefaults: { build: { dependsOn: ["^build"] }, test: { dependsOn: ["build", { target: "build", projects: ["docs"] }] } } },
    "apps/web/project.json": { targets: { build: { dependsOn: [{ dependencies: true, target: "build" }, "docs:build"] }, dev: { continuous: true } } },
  };
  assert.deepEqual(graphOf(files, { tasks: ["test"] }).lines, ["@s/a#build", "@s/b#build after @s/a#build", "docs#build", "@s/b#test after @s/b#build docs#build"]);
  assert.deepEqual(graphOf(files, { tasks: ["build"], packages: ["web"] }).lines.at(-1), "web#build after @s/c#build docs#build");
  assert.deepEqual(graphOf(files, { tasks: ["dev"] }).lines, ["web#dev stays"]);
});

test("the root is meant by the name in its package.json too, as nx writes it", () => {
  const files = {
    "package.json": { name: "table", workspaces: ["*"], scripts: { format: "prettier --write ." } }, "a/package.json": { name: "a", scripts: { build: "tsc" } },
    "nx.json": { targetDefaults: { build: { dependsOn: ["^build", { target: "format", projects: "table" }] } } },
  };
  assert.deepEqual(graphOf(files, { tasks: ["build"] }).lines, ["//#format", "a#build after //#format"]);
  assert.deepEqual(graphOf(files, { tasks: ["table#format"] }).lines, ["//#format"]);
});

test("wireit: the command behind a script, and the scripts before it", () => {
  const files = {
    "package.json": { workspaces: ["*"] },
    "a/package.json": { name: "a", scripts: { build: "wireit", types: "tsc" }, wireit: { build: { command: "rollup -c", dependencies: ["types", "../b:build"] } } },
    "b/package.json": { name: "b", scripts: { build: "wireit", serve: "wireit" }, wireit: { build: { dependencies: [{ script: "x" }] }, serve: { command: "node .", service: true, dependencies: ["../../c:x"] } } },
  };
  assert.deepEqual(graphOf(files, { tasks: ["build"] }).lines, ["a#types", "b#x -", "b#build - after b#x", "a#build after a#types b#build"]);
  assert.match(graphOf(files, { tasks: ["serve"] }).notes.join(), /"wireit.serve" depends on "..\/..\/c:x", which is not understood/);
});

test("a circle is shown as a path", () => {
  const files = { ...CHAIN, "packages/a/package.json": { name: "@s/a", scripts: { build: "tsc" }, devDependencies: { "@s/b": "*" } } };
  assert.deepEqual(graphOf(files, { tasks: ["build"] }).lines, ["task-circle: Cannot order the tasks: each of these waits for the next: @s/b#build -> @s/a#build -> @s/b#build"]);
});

test("a task that no package has offers the nearest names", () => {
  assert.deepEqual(graphOf(CHAIN, { tasks: ["biuld"] }), { lines: ["task-unknown: Cannot find a script \"biuld\" in any of the chosen packages"], notes: ["Perhaps you mean \"build\""] });
  assert.deepEqual(graphOf(CHAIN, { tasks: ["wbe#build"] }).notes, ["Perhaps you mean \"web\""]);
  assert.match(graphOf({ ...CHAIN, "turbo.json": { tasks: { build: { dependsOn: ["nobody#x"] } } } }, { tasks: ["build"] }).lines.join(), /it depends on "nobody#x", and there is no such package/);
});

test("a task of one package, and of the root", () => {
  assert.deepEqual(graphOf(CHAIN, { tasks: ["@s/b#test"] }).lines, ["@s/a#test -", "@s/b#test after @s/a#test"]);
  assert.deepEqual(graphOf(CHAIN, { tasks: ["//#lint"] }).lines, ["//#lint"]);
});

test("--only leaves out what was not named and keeps the order of the rest, through what is left out", () => {
  assert.deepEqual(graphOf(CHAIN, { tasks: ["build"], packages: ["@s/a", "web"], isOnly: true }).lines, ["@s/a#build", "web#build after @s/a#build"]);
});

test("--parallel starts all at once", () => {
  assert.deepEqual(graphOf(CHAIN, { tasks: ["build"], isParallel: true }).lines, ["docs#build", "web#build", "@s/a#build", "@s/b#build"]);
});
