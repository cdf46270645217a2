// schema/fathom.json tells editors what the reader tells at a run: each takes what
// the other takes, and refuses what the other refuses.

import Ajv from "ajv";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig } from "../src/workspace/config-reader.ts";

const schema: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../../../schema/fathom.json"), "utf8"));
assert.ok(typeof schema === "object" && schema !== null);
const isValid = new Ajv().compile(schema);

const TASKS: readonly unknown[] = [
  {}, { dependsOn: [] }, { dependsOn: ["build", "^build", "web#build", "@s/a#build", "//#lint", "build:types"] }, { env: ["A", "NEXT_*", "!B"] }, { persistent: true, cache: false },
  { dependsOn: "build" }, { dependsOn: [1] }, { dependsOn: [""] }, { dependsOn: ["^"] }, { dependsOn: ["^web#build"] }, { dependsOn: ["#build"] }, { dependsOn: ["a#b#c"] }, { dependsOn: null },
  { env: [""] }, { env: ["A=1"] }, { env: ["A B"] }, { env: ["!"] }, { env: {} }, { cache: "no" }, { cache: null }, { persistent: 1 }, { outputs: [] }, { outputs: ["dist/**", "!dist/**/*.map", "a..b", "x/..y"] }, { outputs: ["../x"] }, { outputs: ["a/../b"] }, { outputs: ["/a"] }, { outputs: ["!"] }, { outputs: ["!/a"] }, { outputs: [""] }, { outputs: "dist" }, { inputs: [] }, { unknown: 1 }, [], null, "x", 1,
];
const WHOLES: readonly unknown[] = [
  {}, { $schema: "x" }, { $schema: 1 }, { concurrency: 1 }, { concurrency: 9999 }, { concurrency: "50%" }, { concurrency: "150%" }, { envMode: "strict" }, { envMode: "loose" }, { env: ["A"] }, { tasks: {} },
  { concurrency: 0 }, { concurrency: 10_000 }, { concurrency: 1.5 }, { concurrency: "0%" }, { concurrency: "4" }, { concurrency: "50" }, { concurrency: null }, { envMode: "Strict" }, { envMode: 1 }, { env: "A" },
  { tasks: [] }, { tasks: null }, { tasks: { "": {} } }, { tasks: { "a#b": {}, "//#a": {} } }, { tasks: { "a#b#c": {} } }, { tasks: { "#b": {} } }, { tasks: { "^a": {} } }, { unknown: 1 }, [], null, "x", 1, true,
];

test("the schema and the reader agree", () => {
  const examples = [...WHOLES, ...TASKS.map((task) => ({ tasks: { build: task } }))];
  const judged = (judge: (example: unknown) => boolean): string[] => examples.filter(judge).map((example) => JSON.stringify(example));
  assert.deepEqual(judged((example) => readConfig(example).ok), judged((example) => isValid(example) === true));
});

test("every name of the schema is explained to who hovers over it", () => {
  const silent = [...JSON.stringify(schema).matchAll(/"(concurrency|envMode|env|tasks|dependsOn|persistent|cache)":\{(?!"description")/g)].map(([text]) => text);
  assert.deepEqual(silent, ["\"env\":{"]); // The definition, whose users are explained.
});
