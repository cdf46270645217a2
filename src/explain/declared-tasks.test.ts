// Which orders of tasks count as declared. What runners really do is theirs; here are their words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskOrder } from "./declared-tasks.ts";
import { ROOTS, traceOf } from "./fake-trace.ts";
import type { TracedProcess } from "./trace.ts";

const process = (of: Partial<TracedProcess>): TracedProcess => traceOf("1", [of]).traced[0] ?? assert.fail();
const script = (name: string): TracedProcess => process({ argv: ["npm", "run", name] });

test("what a task of \"fathom run\" waits for, however far away, is declared, and nothing else is", () => {
  const order = new TaskOrder({ tasks: new Map([["web#build", ["ui#build"]], ["ui#build", ["base#build"]], ["base#build", []], ["docs#build", []]]), packages: new Map() });
  const task = (name: string): TracedProcess => process({ task: name });
  assert.equal(order.ofTasks(task("web#build"), task("base#build")), true);
  assert.equal(order.ofTasks(task("base#build"), task("web#build")), true);
  assert.equal(order.ofTasks(task("docs#build"), task("web#build")), false);
  assert.equal(order.ofTasks(task("gone#build"), task("web#build")), null);
});

test("pnpm builds a package after those that it depends on; a script that starts both says nothing of it", () => {
  const order = new TaskOrder({ tasks: null, packages: new Map([["/w/web", ["/w/ui"]], ["/w/ui", []]]) });
  const [web, ui] = [process({ cwd: "\x01W/web" }), process({ cwd: "\x01W/ui" })];
  assert.equal(order.isBy(process({ program: "/usr/bin/node", argv: ["node", "/usr/bin/pnpm", "-r", "run", "build"] }), web, ui, ROOTS), true);
  assert.equal(order.isBy(process({ program: "/usr/bin/node", argv: ["node", "build-all.js"] }), web, ui, ROOTS), false);
});

test("go and cargo know the order themselves", () => {
  const order = new TaskOrder({ tasks: null, packages: new Map() });
  assert.equal(order.isBy(process({ program: "/usr/lib/go-1.19/bin/go", argv: ["go", "build"] }), process({ argv: ["compile", "a"] }), process({ argv: ["compile", "b"] }), ROOTS), true);
});

test("npm-run-all orders its groups, and what is in a serial one", () => {
  const order = new TaskOrder({ tasks: null, packages: new Map() });
  const isOrdered = (words: string, one: string, other: string): boolean => order.isBy(process({ program: "/usr/bin/node", argv: ["node", "/w/node_modules/.bin/npm-run-all", ...words.split(" ")] }), script(one), script(other), ROOTS);
  assert.equal(isOrdered("clean -p build:* -s pack", "clean", "build:js"), true);
  assert.equal(isOrdered("clean -p build:* -s pack", "build:js", "build:css"), false);
  assert.equal(isOrdered("clean -p build:* -s pack", "build:css", "pack"), true);
  assert.equal(isOrdered("clean lint", "clean", "lint"), true);
  assert.equal(isOrdered("-p clean lint", "clean", "lint"), false);
});
