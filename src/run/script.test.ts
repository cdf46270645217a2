// A script runs as a package manager would run it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diskWith, valueOf, workspaceOf } from "../workspace/fake-workspace.ts";
import { taskGraph, type Task } from "../workspace/graph.ts";
import { linksOf } from "../workspace/links.ts";
import { Rules } from "../workspace/rules.ts";
import { scriptEnvironment, stepsOf } from "./script.ts";

function taskOf(manifest: object, name: string): Task {
  const workspace = workspaceOf(diskWith({ "package.json": { workspaces: ["packages/*"] }, "packages/a/package.json": { name: "@s/a", ...manifest } }));
  const { graph } = valueOf(taskGraph({ tasks: [name], packages: ["@s/a"], isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules([]) }));
  const [task] = graph.values();
  assert.ok(task !== undefined);
  return task;
}

test("what comes before and after a script runs with it, and arguments are for itself", () => {
  const task = taskOf({ scripts: { prebuild: "rm -rf dist", build: "tsc -b", postbuild: "ls" } }, "build");
  assert.deepEqual(stepsOf(task, ["--force", "a b", "it's"]), [
    { event: "prebuild", command: "rm -rf dist" },
    { event: "build", command: "tsc -b --force 'a b' 'it'\\''s'" },
    { event: "postbuild", command: "ls" },
  ]);
});

test("a script has the same environment wherever the person stands", () => {
  const task = taskOf({ scripts: { build: "tsc" } }, "build");
  const [step] = stepsOf(task, []);
  assert.ok(step !== undefined);
  const from = (PWD: string): unknown => scriptEnvironment(task.owner, step, { env: { PATH: "/bin", PWD }, manager: "npm", isPnp: false, root: "/w", node: "/usr/bin/node" });
  assert.deepEqual(from("/w/packages/a"), from("/w"));
});

test("programs of the package come first on PATH, then those of the folders around it", () => {
  const task = taskOf({ version: "1.2.3", scripts: { build: "tsc" }, config: { port: 8080 } }, "build");
  const [step] = stepsOf(task, []);
  assert.ok(step !== undefined);
  const env = scriptEnvironment(task.owner, step, { env: { PATH: "/usr/bin:/bin", LANG: "C" }, manager: "pnpm", isPnp: false, root: "/w", node: "/usr/bin/node" });
  assert.equal(env["PATH"], "/w/packages/a/node_modules/.bin:/w/packages/node_modules/.bin:/w/node_modules/.bin:/node_modules/.bin:/usr/bin:/bin");
  assert.deepEqual(
    [env["npm_lifecycle_event"], env["npm_lifecycle_script"], env["npm_package_name"], env["npm_package_version"], env["npm_package_json"], env["npm_package_config_port"], env["INIT_CWD"], env["LANG"]],
    ["build", "tsc", "@s/a", "1.2.3", "/w/packages/a/package.json", "8080", "/w", "C"],
  );
  assert.match(env["npm_config_user_agent"] ?? "", /^pnpm\//);
});

test("where only yarn finds the programs of a script, yarn runs it", () => {
  const task = taskOf({ scripts: { prebuild: "rm -rf dist", build: "tsc -b" } }, "build");
  assert.deepEqual(stepsOf(task, ["a b"], true), [{ event: "build", command: "yarn run build 'a b'" }]);
  assert.deepEqual(stepsOf({ ...task, rule: { ...task.rule, command: "tsc && ls" } }, ["x"], true), [{ event: "build", command: "yarn exec sh -c 'tsc && ls x'" }]);
});
