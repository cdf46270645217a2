// What a workspace says of itself: read, checked, and stronger than what it says to others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { toText } from "../base/path.ts";
import { ok } from "../base/result.ts";
import { readSettings, type Settings } from "./config.ts";
import { configFilesOf } from "./config-files.ts";
import { readTurbo } from "./dialects/turbo.ts";
import { CHAIN, diskWith, valueOf, workspaceOf, type Files } from "./fake-workspace.ts";
import { Rules, type TaskRule } from "./rules.ts";

interface Told {
  readonly settings: Settings | null;
  readonly rule: (owner: string, task: string) => TaskRule;
  readonly said: string;
}

function told(files: Files, exported: unknown = {}): Told {
  const disk = diskWith({ ...CHAIN, ...files });
  const workspace = workspaceOf(disk);
  const found = configFilesOf(disk, workspace);
  const read = found === null ? ok(null) : readSettings(disk, workspace, found, () => ok(exported));
  const settings = read.ok ? read.value : null;
  const sources = [settings?.source ?? null, valueOf(readTurbo(disk, workspace))].filter((source) => source !== null);
  const rules = new Rules(sources);
  return {
    settings, said: read.ok ? rules.notes.join("\n") : [read.failure.code, read.failure.message, read.failure.advice ?? ""].join("\n"),
    rule: (owner, task) => rules.of([workspace.rootPackage, ...workspace.packages].find(({ name }) => name === owner) ?? assert.fail(), task),
  };
}

test("a workspace without a configuration is asked once, for all its folders, and nothing is read", () => {
  const disk = diskWith(CHAIN);
  const workspace = workspaceOf(disk);
  const [reads, looks] = [disk.reads.length, disk.looks.length];
  assert.equal(configFilesOf(disk, workspace), null);
  assert.equal(disk.reads.length, reads);
  assert.deepEqual(disk.looks.slice(looks).map((path) => toText(path)).filter((path) => path.endsWith("fathom.json")).sort(), [
    "/w/apps/docs/fathom.json", "/w/apps/web/fathom.json", "/w/fathom.json", "/w/packages/a/fathom.json", "/w/packages/b/fathom.json", "/w/packages/c/fathom.json",
  ]);
});

test("fathom.json says of a task what it says, and leaves the rest to turbo.json", () => {
  const { rule } = told({
    "turbo.json": { tasks: { build: { dependsOn: ["lint"], cache: false, env: ["T"] }, test: { persistent: true } } },
    "fathom.json": { tasks: { build: { cache: true, env: ["F"] } } },
  });
  assert.deepEqual(rule("web", "build"), { dependsOn: ["lint"], cache: true, persistent: false, interactive: false, interruptible: false, outputs: null, outputLogs: null, env: ["F"], command: null });
  assert.equal(rule("web", "test").persistent, true);
});

test("a package's own fathom.json is stronger than what the root says of that package, and that than what it says of all", () => {
  const { rule } = told({
    "fathom.json": { env: ["ALL"], tasks: { build: { dependsOn: ["1"], cache: false }, "web#build": { dependsOn: ["2"] }, "@s/a#build": { dependsOn: ["3"] }, "//#lint": { persistent: true } } },
    "packages/a/fathom.json": { tasks: { build: { dependsOn: ["4"], env: ["OWN"] } } },
  });
  assert.deepEqual([rule("docs", "build").dependsOn, rule("web", "build").dependsOn, rule("@s/a", "build").dependsOn], [["1"], ["2"], ["4"]]);
  assert.deepEqual([rule("@s/a", "build").env, rule("@s/a", "build").cache, rule("root", "lint").persistent], [["ALL", "OWN"], false, true]);
});

test("packages may have one where the root has none", () => {
  const { rule, settings } = told({ "apps/web/fathom.json": { tasks: { dev: { persistent: true } } } });
  assert.deepEqual([rule("web", "dev").persistent, rule("web", "build").dependsOn, settings?.concurrency], [true, ["^build"], null]);
});

test("a program says the same as a file", () => {
  const { rule, settings } = told({ "fathom.config.ts": "export default {}" }, { concurrency: "50%", envMode: "strict", tasks: { build: { dependsOn: [], cache: undefined } } });
  assert.deepEqual([rule("web", "build").dependsOn, rule("web", "build").cache, settings?.concurrency, settings?.envMode], [[], true, "50%", "strict"]);
});

const said = (text: string): string => told({ "fathom.json": text }).said;

test("what is wrong is told with its line, what was expected, and what was found", () => {
  assert.equal(said("{\n  // first\n  \"tasks\": {\n    \"build\": { \"dependsOn\": [\"a\", 3] }\n  }\n}"),
    "config-invalid\nCannot use \"/w/fathom.json\": line 4, column 35: \"tasks.build.dependsOn[1]\" must be \"task\", \"^task\" or \"package#task\", and is 3\n");
  assert.equal(said("{ \"tasks\": {\n\"build\": { \"cache\": true, \"cache\":\n \"no\" } } }"),
    "config-invalid\nCannot use \"/w/fathom.json\": line 3, column 2: \"tasks.build.cache\" must be true or false, and is \"no\"\n");
  assert.match(said("[]"), /line 1, column 1: the configuration must be an object, and is a list/);
  assert.match(said("{ \"concurrency\": 0 }"), /column 18: "concurrency" must be a whole number from 1, or a percentage such as "50%", and is 0/);
  assert.match(said("{ \"tasks\": { \"a#b#c\": {} } }"), /column 14: "tasks.a#b#c" must be the name of a task, or package#task/);
  assert.match(said("{ \"tasks\" }"), /^config-invalid\nCannot read "\/w\/fathom.json": line 1, column 11/);
});

test("a name that is not known is never passed over, and the nearest is offered", () => {
  assert.match(said("{\n\"tasks\": { \"build\": {\n  \"dependOn\": [] } } }"), /line 3, column 3: "tasks.build.dependOn" is not known\nPerhaps you mean "dependsOn"/);
  assert.match(said("{ \"outputs\": [] }"), /is not known\nWrite it at a task: it limits what a replay of it puts back/);
  assert.match(said("{ \"pipeline\": {} }"), /Write it as "tasks"/);
  assert.match(told({ "apps/web/fathom.json": { concurrency: 3 } }).said, /"\/w\/apps\/web\/fathom.json": line 1, column 2: "concurrency" is not known\nWrite it in fathom.json at the workspace's root/);
  assert.match(said("{ \"tasks\": { \"toString\": { \"constructor\": 1 } } }"), /"tasks.toString.constructor" is not known/);
});

test("a program's mistake has the line where it is written, as far as it is", () => {
  const text = "const x = { cache: true };\nexport default defineConfig({\n  tasks: {\n    build: { cache: \"no\" },\n  },\n});\n";
  assert.match(told({ "fathom.config.mjs": text }, { tasks: { build: { cache: "no" } } }).said, /"\/w\/fathom.config.mjs": line 4, column 14: "tasks.build.cache" must be true or false/);
  assert.match(told({ "fathom.config.mjs": "export default made();" }, { tasks: [] }).said, /fathom.config.mjs": "tasks" must be an object, and is a list/);
});

test("two configurations in one place are refused", () => {
  assert.match(told({ "fathom.json": {}, "fathom.config.mjs": "" }).said, /^config-twice\nCannot tell which holds: there is both "\/w\/fathom.json" and "\/w\/fathom.config.mjs"/);
});

test("a task of a package that is not there is spoken of", () => {
  assert.equal(told({ "fathom.json": { tasks: { "wbe#build": {} } } }).said, "the configuration speaks of \"wbe#build\", and there is no such package; Perhaps you mean \"web\"");
});
