// Tasks are started, told of, and counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../base/clock.ts";
import { CHAIN, diskWith, valueOf, workspaceOf, type Files } from "../workspace/fake-workspace.ts";
import { taskGraph } from "../workspace/graph.ts";
import { linksOf } from "../workspace/links.ts";
import { readTurbo } from "../workspace/dialects/turbo.ts";
import { Rules } from "../workspace/rules.ts";
import type { Tokens } from "./jobserver.ts";
import { Execution, type ExecuteOptions, type Ran, type Spawn, type TaskEnd } from "./execute.ts";

interface Story {
  readonly files?: Files;
  readonly tasks?: readonly string[];
  /** By command. */
  readonly ends?: Readonly<Record<string, TaskEnd>>;
  readonly options?: Partial<ExecuteOptions>;
  readonly tokens?: Tokens | null;
  readonly env?: Readonly<Record<string, string>>;
}

interface Told {
  readonly ran: Ran;
  readonly lines: readonly string[];
  readonly spawned: readonly Spawn[];
}

async function execute({ files = CHAIN, tasks = ["build"], ends = {}, options = {}, tokens = null, env = { PATH: "/bin" } }: Story): Promise<Told> {
  const disk = diskWith(files);
  const workspace = workspaceOf(disk);
  const turbo = valueOf(readTurbo(disk, workspace));
  const packages = workspace.packages.map(({ name }) => name);
  const { graph, asked } = valueOf(taskGraph({ tasks, packages, isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules(turbo === null ? [] : [turbo]) }));
  const [lines, spawned]: [string[], Spawn[]] = [[], []];
  const execution = new Execution({ graph, asked, concurrency: 4, onFailure: "never", args: [], isUncached: false, envMode: "loose", ...options }, {
    clock: new FakeClock(), tokens,
    ground: { env, manager: "npm", isPnp: false, root: "/w", node: "/bin/node" },
    folderOf: ({ owner }) => owner.folder,
    observed: (pid) => ({ status: pid % 2 === 0 ? "replayed" : "ran", cause: null }),
    newCause: () => null,
    start: (spawn) => {
      const pid = spawned.push(spawn);
      spawn.onOutput(1, Buffer.from("hello\n"), pid);
      return { pid, end: Promise.resolve(ends[spawn.command] ?? { kind: "exited", code: 0 }), kill: () => undefined };
    },
  }, (event) => {
    lines.push(`${event.kind} ${event.task.id}${event.kind === "status" || event.kind === "ended" ? ` ${event.status}` : ""}`);
  });
  return { ran: await execution.run(), lines, spawned };
}

test("a task's status is told before its output, and what runs nothing is not told of", async () => {
  const { lines, ran } = await execute({ tasks: ["web#build"] });
  assert.deepEqual(lines.slice(0, 4), ["started @s/a#build", "status @s/a#build ran", "output @s/a#build", "ended @s/a#build ran"]);
  assert.ok(!lines.some((line) => line.includes("@s/c#build")));
  assert.deepEqual([ran.exitCode, ran.outcomes.get([...ran.outcomes.keys()].at(-1) ?? assert.fail())], [0, "done"]);
});

test("the exit code is the highest of a task, and what waited for it is told to be skipped", async () => {
  const { ran, lines } = await execute({ tasks: ["web#build", "docs#build"], ends: { tsc: { kind: "exited", code: 7 }, "vite build": { kind: "exited", code: 2 } } });
  assert.equal(ran.exitCode, 7);
  assert.ok(lines.includes("skipped web#build"));
});

test("a task that a signal killed, or that could not be started, has failed", async () => {
  assert.equal((await execute({ tasks: ["@s/a#build"], ends: { tsc: { kind: "killed", signal: "SIGKILL" } } })).ran.exitCode, 137);
  assert.equal((await execute({ tasks: ["@s/a#build"], ends: { tsc: { kind: "not-started", reason: "EAGAIN" } } })).ran.exitCode, 127);
});

test("a task that is not to be cached says so to the supervisor, and to the person", async () => {
  const files = { ...CHAIN, "turbo.json": { tasks: { build: { cache: false } } } };
  const { spawned, lines } = await execute({ files, tasks: ["@s/a#build"] });
  assert.equal(spawned[0]?.env["FATHOM_UNCACHED"], "1");
  assert.ok(lines.includes("status @s/a#build bypassed"));
  assert.equal((await execute({ tasks: ["@s/a#build"] })).spawned[0]?.env["FATHOM_UNCACHED"], undefined);
});

test("arguments are for the tasks that were asked for, not for what comes before them", async () => {
  const { spawned } = await execute({ tasks: ["web#build"], options: { args: ["--mode", "x"] } });
  assert.deepEqual(spawned.map(({ command }) => command), ["tsc", "tsc", "vite build --mode x"]);
});

test("of a script with something before it the task was replayed only if both were", async () => {
  const files = { "package.json": { name: "only", scripts: { prebuild: "gen", build: "tsc" } } };
  const { ran } = await execute({ files });
  assert.deepEqual([...ran.statuses.values()], ["ran"]);
});

test("with a make around one task runs, one more for each token, and every token goes back", async () => {
  const pool = [43, 44];
  let fewest = pool.length;
  const tokens: Tokens = {
    take: () => { const token = pool.pop() ?? null; fewest = Math.min(fewest, pool.length); return token; },
    give: (token) => { pool.push(token); },
    later: () => Promise.resolve(),
    descriptors: [3, 4],
  };
  const files = { "package.json": { workspaces: ["*"] }, ...Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}/package.json`, { name, scripts: { build: name } }])) };
  const { lines, ran, spawned } = await execute({ files, tokens });
  assert.deepEqual([fewest, pool.sort(), spawned[0]?.descriptors], [0, [43, 44], [3, 4]]);
  assert.deepEqual(lines.slice(0, 3).map((line) => line.split(" ")[0]), ["started", "status", "output"]);
  assert.equal([...ran.outcomes.values()].filter((outcome) => outcome === "done").length, 4);
});

test("where only named variables are given, a task gets the usual ones and its own", async () => {
  const files = { ...CHAIN, "turbo.json": { globalEnv: ["SHARED_*"], tasks: { build: { env: ["OWN", "!PATH"] } } } };
  const { spawned } = await execute({ files, tasks: ["@s/a#build"], options: { envMode: "strict" }, env: { PATH: "/bin", HOME: "/h", SHARED_A: "1", OWN: "2", OTHER: "3" } });
  const { HOME, SHARED_A, OWN, OTHER, npm_lifecycle_event } = spawned[0]?.env ?? {};
  assert.deepEqual([HOME, SHARED_A, OWN, OTHER, npm_lifecycle_event], ["/h", "1", "2", undefined, "build"]);
});

test("with strict variables a task gets those that its framework takes by a prefix, and only that one's", async () => {
  const files = { "package.json": { name: "only", scripts: { build: "vite build" }, devDependencies: { vite: "^7.0.0" } } };
  const given = async (named: Files): Promise<unknown> => {
    const { spawned } = await execute({ files: { ...files, ...named }, options: { envMode: "strict" }, env: { PATH: "/bin", VITE_API: "1", NEXT_PUBLIC_API: "2", OTHER: "3" } });
    return [spawned[0]?.env["VITE_API"], spawned[0]?.env["NEXT_PUBLIC_API"], spawned[0]?.env["OTHER"]];
  };
  assert.deepEqual(await given({}), ["1", undefined, undefined]);
  assert.deepEqual(await given({ "turbo.json": { tasks: { build: { env: ["!VITE_API", "OTHER"] } } } }), [undefined, undefined, "3"]);
});
