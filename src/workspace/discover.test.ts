// A workspace is found from any folder in it, whoever manages its packages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import { discover, packageAround, type Workspace } from "./discover.ts";
import { CHAIN, diskWith, workspaceOf, type Files } from "./fake-workspace.ts";

const names = ({ packages }: Workspace): string[] => packages.map(({ name }) => name);
const failure = (files: Files, from = "/w"): string => {
  const found = discover(diskWith(files), absPath(from));
  return found.ok ? "found" : `${found.failure.code}: ${found.failure.message}`;
};

test("packages are found by the patterns of npm, from any folder inside", () => {
  const disk = diskWith({ ...CHAIN, "packages/a/src/deep/x.ts": "" });
  for (const from of ["/w", "/w/packages", "/w/packages/a/src/deep"]) {
    const workspace = workspaceOf(disk, from);
    assert.equal(workspace.root, "/w");
    assert.deepEqual(names(workspace), ["docs", "web", "@s/a", "@s/b", "@s/c"]);
  }
});

test("a pattern that comes later takes out what an earlier one named", () => {
  const patterns = ["packages/**", "!packages/old/**", "tools/{x,y/z}"];
  const files = {
    "package.json": { workspaces: patterns },
    "packages/a/package.json": { name: "a" }, "packages/a/node_modules/dep/package.json": { name: "dep" }, "packages/in/deep/package.json": { name: "deep" },
    "packages/old/o/package.json": { name: "o" }, "tools/x/package.json": { name: "x" }, "tools/y/z/package.json": { name: "z" }, "tools/y/package.json": { name: "y" },
  };
  assert.deepEqual(names(workspaceOf(diskWith(files))), ["a", "deep", "x", "z"]);
});

test("pnpm's file says what the packages are, and its root needs no package.json", () => {
  const workspace = workspaceOf(diskWith({ "pnpm-workspace.yaml": "packages:\n  - 'libs/*' # ours\n", "libs/a/package.json": { name: "a" } }));
  assert.deepEqual([names(workspace), workspace.manager], [["a"], "pnpm"]);
});

test("the manager is the one that package.json names, else the one whose lock file is there", () => {
  const managerOf = (files: Files): string => workspaceOf(diskWith({ "package.json": { name: "x" }, ...files })).manager;
  assert.equal(managerOf({}), "npm");
  assert.equal(managerOf({ "yarn.lock": "" }), "yarn");
  assert.equal(managerOf({ "bun.lock": "" }), "bun");
  assert.equal(managerOf({ "pnpm-lock.yaml": "", "package.json": { packageManager: "yarn@4.1.0" } }), "yarn");
});

test("a workspace of bun, with its catalog, and a lock file that package.json does not name", () => {
  const lock = '{\n  "lockfileVersion": 1,\n  "workspaces": {\n    "": { "name": "root" },\n    "libs/a": { "name": "a", "version": "1.0.0" },\n  },\n}\n';
  const files = { "package.json": { name: "root", workspaces: { packages: ["libs/*"], catalog: { react: "^19.0.0" } } }, "bun.lock": lock, "libs/a/package.json": { name: "a" } };
  const workspace = workspaceOf(diskWith(files), "/w/libs/a");
  assert.deepEqual([names(workspace), workspace.manager, workspace.root], [["a"], "bun", "/w"]);
});

test("yarn's object of patterns, and members with members of their own", () => {
  const files = {
    "package.json": { workspaces: { packages: ["a"], nohoist: ["**"] } },
    "a/package.json": { name: "a", workspaces: ["sub/*"] }, "a/sub/b/package.json": { name: "b" },
  };
  assert.deepEqual(names(workspaceOf(diskWith(files))), ["a", "b"]);
});

test("a package that no workspace above names is a workspace of its own", () => {
  const disk = diskWith({ ...CHAIN, "examples/lone/package.json": { name: "lone" } });
  const lone = workspaceOf(disk, "/w/examples/lone");
  assert.deepEqual([lone.root, names(lone)], ["/w/examples/lone", ["lone"]]);
});

test("a single package is a workspace too, and a package without a name is called by its folder", () => {
  assert.deepEqual(names(workspaceOf(diskWith({ "package.json": { name: "only" } }))), ["only"]);
  assert.deepEqual(names(workspaceOf(diskWith({ "package.json": { workspaces: ["x"] }, "x/package.json": {} }))), ["x"]);
});

test("a file belongs to the innermost package around it", () => {
  const workspace = workspaceOf(diskWith({ ...CHAIN, "package.json": { workspaces: ["packages/*", "packages/a/inner"] }, "packages/a/inner/package.json": { name: "inner" } }));
  assert.equal(packageAround(workspace, absPath("/w/packages/a/inner/x.ts"))?.name, "inner");
  assert.equal(packageAround(workspace, absPath("/w/packages/a/x.ts"))?.name, "@s/a");
  assert.equal(packageAround(workspace, absPath("/w/README.md")), null);
});

test("what is wrong in a file is said with its place", () => {
  assert.match(failure({ "package.json": "{\n  \"name\": \"x\",\n}" }), /^package-json-invalid: Cannot read "\/w\/package.json": line 3, column 1: /);
  assert.match(failure({ "package.json": "{ \"name\": " }), /^package-json-invalid: .*at the end$/);
  assert.match(failure({ "package.json": { scripts: { build: 1 } } }), /line 1, column 21: "scripts.build" must be a string/);
  assert.match(failure({ "package.json": { workspaces: [1] } }), /"workspaces" must be a list of patterns/);
  assert.match(failure({ "package.json": [] }), /must be an object/);
  assert.match(failure({ "pnpm-workspace.yaml": "packages:\n  - a\n - b\n" }), /^workspace-invalid: Cannot read "\/w\/pnpm-workspace.yaml": line \d+, column \d+: /);
  assert.match(failure({ "pnpm-workspace.yaml": "packages: a\n" }), /"packages" must be a list/);
});

test("packages of one name are told apart by their folders, and are a failure where somebody depends on that name", () => {
  const files = { "package.json": { workspaces: ["*"] }, "a/package.json": { name: "x" }, "b/package.json": { name: "x" }, "c/package.json": { name: "y", dependencies: { x: "file:../b" } } };
  assert.deepEqual(workspaceOf(diskWith(files)).packages.map(({ name }) => name), ["a", "b", "y"]);
  const message = failure({ ...files, "c/package.json": { name: "y", dependencies: { x: "workspace:*" } } });
  assert.equal(message, "package-twice: Cannot tell two packages apart: \"a\" and \"b\" are both named \"x\", and \"c\" depends on it");
});

test("outside of any package there is no workspace", () => {
  assert.match(failure({}, "/w"), /^no-workspace: /);
});

test("Plug'n'Play is yarn's, where its file is", () => {
  const files = { "package.json": { packageManager: "yarn@4.5.0", workspaces: [] }, ".pnp.cjs": "" };
  assert.equal(workspaceOf(diskWith(files)).isPnp, true);
  assert.equal(workspaceOf(diskWith({ ...files, "package.json": { packageManager: "pnpm@9.0.0" } })).isPnp, false);
  assert.equal(workspaceOf(diskWith({ "package.json": { packageManager: "yarn@4.5.0" } })).isPnp, false);
});
