// The plan of a whole `fathom run` is followed without Node, and never where the program
// that starts the tasks would have done anything but say that all of them are replayed.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Random } from "../fuzz/random.ts";
import { settle } from "../rig/make-rig.ts";
import { forge, plansIn } from "../rig/plans.ts";
import { FATHOM, type Options } from "../rig/rig.ts";
import { HAS_TERMINALS, SCRIPTS, withTasks, type TasksRig } from "../rig/tasks-rig.ts";

const untimed = (text: string): string => text.replaceAll(/\b\d+(\.\d+)?m?s\b/g, "TIME");

for (const words of [["build"], ["build", "--output-logs=hash-only"], ["build", "--output-logs=compact"], ["build", "--output-logs=none"], ["build", "--log-order=grouped", "--filter=b"]]) {
  test(`fathom run ${words.join(" ")}, with nothing changed, starts no Node, and says the same to both streams`, withTasks((tasks) => {
    const planned = tasks.untilPlanned(words);
    const asked = tasks.asked(words);
    assert.equal(asked.isByPlan, false);
    assert.deepEqual([untimed(planned.stdout), planned.stderr, planned.code], [untimed(asked.stdout), asked.stderr, 0]);
  }));
}

test("where a whole run says nothing to anybody it is answered by the same plan", withTasks((tasks) => {
  for (let times = 0; times < 3; times++) {
    tasks.runIntoNothing();
    settle();
  }
  assert.equal(tasks.runIntoNothing().isByPlan, true);
  const heard = tasks.run();
  assert.deepEqual([heard.isByPlan, heard.code], [true, 0]);
  assert.match(heard.stdout, /a:build: cache hit, replaying logs/);
}));

test("on a terminal a whole run is answered by plan, with its colours, and nothing of the line at the bottom", { skip: HAS_TERMINALS ? false : "there is no script(1) here" }, withTasks((tasks) => {
  const runs = [1, 2, 3, 4].map(() => {
    settle();
    return tasks.runInTerminal();
  });
  const planned = runs.at(-1);
  assert.deepEqual([planned?.isByPlan, planned?.code], [true, 0]);
  assert.match(planned?.stdout ?? "", /a:build: \u001b\[1mcache hit, replaying logs\u001b\[0m\r\na:build: built a\r\n/);
  assert.doesNotMatch(planned?.stdout ?? "", /of 2 tasks/);
}));

test("on GitHub the groups are the same, and a note about the workspace comes again", withTasks((tasks) => {
  tasks.rig.write(".fathom/order.json", "{");
  const options = { env: { GITHUB_ACTIONS: "true" } };
  const planned = tasks.untilPlanned(["build"], options);
  const asked = tasks.asked(["build"], options);
  assert.match(planned.stdout, /::group::a:build/);
  assert.match(planned.stderr, /fathom: Cannot use ".*order.json"/);
  assert.deepEqual([untimed(planned.stdout), planned.stderr], [untimed(asked.stdout), asked.stderr]);
}));

test("the time that is said is that of this run", withTasks((tasks) => {
  const planned = tasks.untilPlanned();
  const [, ms = ""] = / Time: {4}(\d+)ms >>> ALL REPLAYED\n/.exec(planned.stdout) ?? [];
  assert.notEqual(ms, "");
}));

test("the first run after one in which something ran is by plan, and touches nothing", withTasks((tasks) => {
  tasks.untilPlanned();
  tasks.rig.write("packages/b/src/in", "gamma\n");
  settle();
  assert.match(tasks.run().stdout, /b:build: cache miss/);
  settle();
  const times = (): number[] => ["packages/a/dist/out", "packages/a/extra", "packages/b/out"].map((name) => statSync(tasks.rig.path(name)).ctimeMs);
  const before = times();
  assert.equal(tasks.run().isByPlan, true);
  assert.deepEqual(times(), before);
}));

/** `undefined`: the same command again. */
type Change = (tasks: TasksRig) => { readonly words?: readonly string[]; readonly options?: Options } | undefined;
const write = (name: string, text: string): Change => ({ rig }) => { rig.write(name, text); return undefined; };

const CHANGES: readonly (readonly [what: string, change: Change])[] = [
  ["a source was edited", write("packages/a/src/in", "omega\n")],
  ["a source was edited with size and time kept", ({ rig }) => {
    const { atime, mtime } = statSync(rig.path("packages/a/src/in"));
    rig.write("packages/a/src/in", "alphb\n");
    utimesSync(rig.path("packages/a/src/in"), atime, mtime);
    return undefined;
  }],
  ["a file was added to a folder that a task lists", write("packages/a/src/more", "")],
  ["a file that a task looked for is there now", write("packages/a/opt", "optional\n")],
  ["an output was edited by hand", write("packages/b/out", "by hand\n")],
  ["an output was deleted", ({ rig }) => { unlinkSync(rig.path("packages/b/out")); return undefined; }],
  ["an output that nobody declares was deleted", ({ rig }) => { unlinkSync(rig.path("packages/a/extra")); return undefined; }],
  ["an output that nobody declares was edited with size and time kept", ({ rig }) => {
    const { atime, mtime, size } = statSync(rig.path("packages/a/extra"));
    rig.write("packages/a/extra", "x".repeat(size));
    utimesSync(rig.path("packages/a/extra"), atime, mtime);
    return undefined;
  }],
  ["a folder of outputs was deleted", ({ rig }) => { rmSync(rig.path("packages/a/dist"), { recursive: true }); return undefined; }],
  ["a tool in node_modules/.bin was replaced", ({ rig }) => { rig.write("new", "#!/bin/sh\necho tool 2\n", 0o755); renameSync(rig.path("new"), rig.path("node_modules/.bin/tool")); return undefined; }],
  ["a tool of that name is found earlier", ({ rig }) => { rig.write("packages/a/node_modules/.bin/tool", "#!/bin/sh\necho nearer\n", 0o755); return undefined; }],
  ["a script was edited", (tasks) => { tasks.script("b", SCRIPTS.b.replace("built b", "built it"), { a: "*" }); return undefined; }],
  ["a package was added", (tasks) => { tasks.script("c", "echo new"); return undefined; }],
  ["a package has no such task any more", ({ rig }) => { rig.write("packages/b/package.json", JSON.stringify({ name: "b", version: "1.0.0" })); unlinkSync(rig.path("packages/b/out")); return undefined; }],
  ["a configuration was added", write("fathom.json", JSON.stringify({ tasks: { build: { cache: false } } }))],
  ["a turbo.json was added", write("turbo.json", JSON.stringify({ tasks: { build: { dependsOn: ["^build"], cache: false } } }))],
  ["a lock file of another package manager was added", write("pnpm-lock.yaml", "")],
  ["an order is kept now", write(".fathom/order.json", JSON.stringify({ version: 1, edges: [{ before: "a#build", after: "b#build", path: "x" }] }))],
  ["a variable that a task reads was changed", () => ({ options: { env: { FLAVOR: "other" } } })],
  ["any variable was changed", () => ({ options: { env: { NOBODY_READS_THIS: "1" } } })],
  ["a variable decides whether there is colour or grouping", () => ({ options: { env: { GITHUB_ACTIONS: "true" } } })],
  ["a folder was put in front of PATH", ({ rig }) => { mkdirSync(join(rig.scratch, "first")); return { options: { env: { PATH: `${join(rig.scratch, "first")}:${rig.env["PATH"] ?? ""}` } } }; }],
  ["arguments were added", () => ({ words: ["build", "--", "x"] })],
  ["other packages were asked for", () => ({ words: ["build", "--filter=a"] })],
  ["the task was forced", () => ({ words: ["build", "--force"] })],
  ["the store was not to be used", () => ({ words: ["build", "--no-cache"] })],
  ["somebody stands elsewhere", ({ rig }) => ({ options: { cwd: rig.path("packages/b") } })],
  ["another store is used", ({ rig }) => ({ options: { env: { FATHOM_STORE: join(rig.scratch, "other") } } })],
  ["what it would print was damaged", ({ rig }) => {
    for (const name of readdirSync(join(rig.scratch, "store/blobs"))) {
      const path = join(rig.scratch, "store/blobs", name);
      chmodSync(path, 0o644);
      writeFileSync(path, "x".repeat(statSync(path).size));
    }
    return undefined;
  }],
  ["plans were damaged", ({ rig }) => {
    for (const path of plansIn(join(rig.scratch, "store"))) forge(path, (payload) => payload.fill(0x55, payload.length >> 1));
    return undefined;
  }],
];

for (const [what, change] of CHANGES) {
  test(`a whole run is not answered by plan when ${what}`, withTasks((tasks) => {
    tasks.untilPlanned();
    const { words, options } = change(tasks) ?? {};
    settle();
    const ran = tasks.run(words, options);
    assert.deepEqual([ran.isByPlan, ran.code], [false, 0], ran.stderr);
    assert.deepEqual(tasks.outputs(), tasks.bareOutputs(options?.env));
  }));
}

test("another Node, or another Fathom, starts anew", withTasks((tasks) => {
  const { scratch } = tasks.rig;
  const [package_, folder] = [join(scratch, "fathom"), join(FATHOM, "../..")];
  for (const part of ["bin", "prebuilds", "dist/bundle", "package.json"]) cpSync(join(folder, part), join(package_, part), { recursive: true });
  symlinkSync(join(folder, "node_modules"), join(package_, "node_modules"));
  mkdirSync(join(scratch, "bin"));
  symlinkSync(process.execPath, join(scratch, "bin/node"));
  tasks.setEnv({ PATH: `${join(scratch, "bin")}:${tasks.rig.env["PATH"] ?? ""}` });
  tasks.use(join(package_, "bin/fathom"));
  tasks.untilPlanned();
  for (const name of ["dist/bundle/engine-main.js", "dist/bundle/cli-main.js", "prebuilds/linux-x64/fathom-guest.so"]) {
    const part = realpathSync(join(package_, name));
    cpSync(part, `${part}.new`);
    renameSync(`${part}.new`, part);
    settle();
    assert.equal(tasks.run().isByPlan, false, name);
    tasks.untilPlanned();
  }
  symlinkSync(realpathSync("/proc/self/exe"), join(scratch, "elsewhere"));
  symlinkSync(join(scratch, "elsewhere"), join(scratch, "bin/new"));
  renameSync(join(scratch, "bin/new"), join(scratch, "bin/node"));
  settle();
  assert.equal(tasks.run().isByPlan, false, "node");
}));

const NEVER: readonly (readonly [what: string, prepare: (tasks: TasksRig) => readonly string[], why: string])[] = [
  ["that says what happens as JSON", () => ["build", "--json"], "--json was asked for"],
  ["that writes a summary", () => ["build", "--summarize"], "--summarize was asked for"],
  ["with a task that is never replayed", ({ rig }) => { rig.write("fathom.json", JSON.stringify({ tasks: { "b#build": { cache: false } } })); return ["build"]; }, "b#build is not to be replayed (\"cache\": false)"],
  ["with a task that runs make", (tasks) => { tasks.rig.write("packages/b/Makefile", "all:\n\t@echo nothing\n"); tasks.script("b", "make", { a: "*" }); return ["build"]; }, "b#build is not stored: it decides by comparing times, or a program in it does"],
  ["with a task of which a part is put back", ({ rig }) => { rig.write("fathom.json", JSON.stringify({ tasks: { "a#build": { outputs: ["dist"] } } })); return ["build"]; }, "a#build puts back only a part of what it writes (\"outputs\")"],
  ["with a task that reads what it changes", (tasks) => { tasks.script("b", `${SCRIPTS.b}; cat out >> log`, { a: "*" }); return ["build"]; }, "b#build "],
];

for (const [what, prepare, reason] of NEVER) {
  test(`a run ${what} is never answered by plan, and says why`, withTasks((tasks) => {
    const words = prepare(tasks);
    tasks.run(words);
    for (let times = 0; times < 3; times++) {
      settle();
      assert.equal(tasks.run(words).isByPlan, false);
    }
    assert.ok(tasks.why().some(({ text }) => text.startsWith(reason)), JSON.stringify(tasks.why()));
  }));
}

test("of a run that left a plan no reason is said", withTasks((tasks) => {
  tasks.untilPlanned();
  assert.deepEqual(tasks.why(), []);
}));

test("a run whose tasks take next to nothing is answered by plan as well", withTasks((tasks) => {
  tasks.script("a", "echo nothing to do");
  tasks.script("b", "test -f src/in", { a: "*" });
  assert.match(tasks.untilPlanned().stdout, /Cached: {4}2 cached, 2 total/);
}));

test("what another variable left behind is taken away, plan or not", withTasks((tasks) => {
  tasks.script("b", `${SCRIPTS.b}; if [ "$FLAVOR" = big ]; then echo big > more; fi`, { a: "*" });
  const { rig } = tasks;
  tasks.untilPlanned();
  tasks.untilPlanned(["build"], { env: { FLAVOR: "big" } });
  assert.equal(rig.has("packages/b/more"), true);
  settle();
  tasks.run();
  assert.equal(rig.has("packages/b/more"), false);
}));

type Edit = (tasks: TasksRig, random: Random) => void;

/** Each leads to one of few states, so that earlier ones come back. */
const EDITS: readonly [Edit, ...Edit[]] = [
  ({ rig }, random) => { rig.write("packages/a/src/in", `alpha ${String(random.below(2))}\n`); },
  ({ rig }, random) => { rig.write("packages/b/src/in", `beta ${String(random.below(2))}\n`); },
  ({ rig }) => { if (rig.has("packages/a/opt")) unlinkSync(rig.path("packages/a/opt")); else rig.write("packages/a/opt", "optional\n"); },
  ({ rig }) => { if (rig.has("packages/a/src/more")) unlinkSync(rig.path("packages/a/src/more")); else rig.write("packages/a/src/more", ""); },
  ({ rig }, random) => { rmSync(rig.path(random.pick(["packages/a/dist", "packages/a/extra", "packages/b/out"])), { recursive: true, force: true }); },
  ({ rig }, random) => { if (rig.has("packages/a/dist")) rig.write(random.pick(["packages/a/dist/out", "packages/b/out"]), "by hand\n"); },
  ({ rig }, random) => { rig.write("node_modules/.bin/tool", `#!/bin/sh\necho tool ${String(random.below(2))}\n`, 0o755); },
  (tasks, random) => { tasks.script("b", random.pick([SCRIPTS.b, `${SCRIPTS.b} too`]), { a: "*" }); },
  (tasks, random) => { tasks.setEnv({ FLAVOR: random.pick(["", "sweet"]) }); },
  ({ rig }) => { rig.write("packages/a/src/in", rig.read("packages/a/src/in")); },
  () => undefined,
];
const STEPS = 12;

for (const seed of [1, randomInt(1 << 30)]) {
  test(`whenever a whole run is answered by plan, every task would have been replayed, and nothing made (seed ${String(seed)})`, withTasks((tasks) => {
    const random = new Random(seed);
    tasks.untilPlanned();
    for (let step = 0; step < STEPS; step++) {
      random.pick(EDITS)(tasks, random);
      settle();
      const before = tasks.outputs();
      const { isByPlan, code, stderr } = tasks.run();
      assert.equal(code, 0, stderr);
      assert.deepEqual(tasks.outputs(), tasks.bareOutputs(), `step ${String(step)}`);
      if (!isByPlan) continue;
      assert.deepEqual(tasks.outputs(), before, `step ${String(step)}`);
      assert.deepEqual(tasks.answers(), ["replayed", "replayed"], `step ${String(step)}`);
    }
    tasks.untilPlanned();
  }));
}

test("once a day every task is asked, so that collecting knows that it is used", withTasks((tasks) => {
  tasks.untilPlanned();
  const keys = join(tasks.rig.scratch, "store/keys");
  const aged = (): void => { for (const name of readdirSync(keys)) utimesSync(join(keys, name), 1, 1); };
  aged();
  assert.equal(tasks.run().isByPlan, false);
  assert.deepEqual(readdirSync(keys).filter((name) => statSync(join(keys, name)).mtimeMs < 10_000), []);
  assert.equal(tasks.run().isByPlan, true);
}));

test("a script that stands for Node makes no difference to what is made", withTasks((tasks) => {
  const { rig } = tasks;
  rig.write(join(rig.scratch, "bin/node"), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, 0o755);
  tasks.setEnv({ PATH: `${join(rig.scratch, "bin")}:${rig.env["PATH"] ?? ""}` });
  for (const text of ["one\n", "two\n", "one\n"]) {
    rig.write("packages/a/src/in", text);
    for (let times = 0; times < 3; times++) {
      settle();
      assert.equal(tasks.run().code, 0);
      assert.deepEqual(tasks.outputs(), tasks.bareOutputs());
    }
  }
}));

test("a task that writes its own package.json anew, after everything else, is left alone when nothing changed", withTasks((tasks) => {
  tasks.script("a", `${SCRIPTS.a}; cat package.json > dist/same; cat dist/same > package.json`);
  tasks.untilPlanned();
  const before = readFileSync(tasks.rig.path("packages/a/package.json"), "utf8");
  for (const name of ["packages/a/dist", "packages/a/extra", "packages/b/out"]) rmSync(tasks.rig.path(name), { recursive: true });
  tasks.untilPlanned();
  assert.equal(readFileSync(tasks.rig.path("packages/a/package.json"), "utf8"), before);
  assert.deepEqual(tasks.outputs(), tasks.bareOutputs());
}));

test("when outputs came back by the plans of tasks, the run after the next one is answered as a whole", withTasks((tasks) => {
  tasks.untilPlanned();
  for (const name of ["packages/a/dist", "packages/a/extra", "packages/b/out"]) rmSync(tasks.rig.path(name), { recursive: true });
  const byPlan = [1, 2, 3].map(() => {
    settle();
    return tasks.run().isByPlan;
  });
  assert.deepEqual(byPlan, [false, false, true]);
  assert.deepEqual(tasks.outputs(), tasks.bareOutputs());
}));
