// `fathom run --watch`, as it is installed: what is asked about again, and what is not.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { EVENT_MS_MAX, FATHOM, withRigAsync, type Rig } from "./rig/rig.ts";

const WORK = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";

type Event = Readonly<Record<string, unknown>>;

class Watched {
  readonly #rig: Rig;
  readonly #lines: AsyncIterator<string>;
  readonly #child: ReturnType<typeof spawn>;

  constructor(rig: Rig, words: readonly string[]) {
    this.#rig = rig;
    const child = spawn(FATHOM, ["run", ...words, "--watch", "--json"], { cwd: rig.work, env: rig.env, stdio: ["ignore", "pipe", "inherit"], timeout: EVENT_MS_MAX, killSignal: "SIGKILL" });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Until it waits: "changed in.txt", "a#build ran". */
  async round(): Promise<string[]> {
    const told: string[] = [];
    for (;;) {
      const event = JSON.parse(await this.#line()) as Event;
      if (event["event"] === "changed") told.push(`changed ${String(event["paths"])}`);
      if (event["event"] === "ended") told.push(`${String(event["source"])} ${String(event["status"])}`);
      if (event["event"] === "watching") return told;
    }
  }

  /** What comes of an edit. */
  async edit(name: string, text: string): Promise<string[]> {
    this.#rig.write(name, text);
    return this.round();
  }

  async says(text: string): Promise<void> {
    for (;;) {
      if ((await this.#line()).includes(text)) return;
    }
  }

  async #line(): Promise<string> {
    const next = await this.#lines.next();
    assert.notEqual(next.done, true, "it has ended");
    return String(next.value);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async end(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    await once(this.#child, "close");
    return this.#child.exitCode;
  }
}

function workspace(rig: Rig, scripts: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
  rig.write("package.json", JSON.stringify({ name: "root", workspaces: ["packages/*"] }));
  for (const [name, own] of Object.entries(scripts)) rig.write(`packages/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", scripts: own }));
  rig.bare(["git", "init", "-q"]);
}

/** Whatever comes of it, what was started ends. */
function watching(body: (rig: Rig, watch: (words: readonly string[]) => Watched) => Promise<void>): () => Promise<void> {
  return withRigAsync(async (rig) => {
    const all: Watched[] = [];
    try {
      await body(rig, (words) => {
        const watched = new Watched(rig, words);
        all.push(watched);
        return watched;
      });
    } finally {
      for (const each of all) each.kill();
    }
  });
}

const copying = (from: string): string => `${WORK}; mkdir -p dist && cat ${from} > dist/out`;

test("an edit concerns who read the file and who reads what comes of it, and nobody else", { timeout: EVENT_MS_MAX }, watching(async (rig, watch) => {
  workspace(rig, { a: { build: copying("in") }, b: { build: copying("../a/dist/out") }, c: { build: copying("in") } });
  rig.write("fathom.json", JSON.stringify({ tasks: { build: { dependsOn: [] } } }));
  rig.write("packages/b/fathom.json", JSON.stringify({ tasks: { build: { dependsOn: ["a#build"] } } }));
  for (const name of ["a", "c"]) rig.write(`packages/${name}/in`, `${name} 1`);
  const watched = watch(["build"]);
  assert.deepEqual((await watched.round()).sort(), ["a#build ran", "b#build ran", "c#build ran"]);
  assert.deepEqual(await watched.edit("packages/a/in", "a 2"), ["changed packages/a/in", "a#build ran", "b#build ran"]);
  assert.equal(rig.read("packages/b/dist/out"), "a 2");
  rig.write("packages/a/nobody", "reads this");
  assert.deepEqual(await watched.edit("packages/c/in", "c 2"), ["changed packages/c/in", "c#build ran"]);
  rmSync(rig.path("packages/c/dist/out"));
  const restored = await watched.round();
  assert.deepEqual([restored.at(-1), rig.read("packages/c/dist/out")], ["c#build replayed", "c 2"]);
  assert.equal(await watched.end(), 143);
}));

test("a task that fails runs again when what it read is mended; a package that comes is taken in", { timeout: EVENT_MS_MAX }, watching(async (rig, watch) => {
  workspace(rig, { a: { build: `${WORK}; grep good in` } });
  rig.write("packages/a/in", "bad");
  const watched = watch(["build"]);
  await watched.round();
  assert.deepEqual(await watched.edit("packages/a/in", "good"), ["changed packages/a/in", "a#build ran"]);
  const told = await watched.edit("packages/new/package.json", JSON.stringify({ name: "new", version: "1.0.0", scripts: { build: WORK } }));
  assert.ok(told.includes("new#build ran"), told.join());
  await watched.end();
}));

test("a persistent task starts when the others are done, and runs on", { timeout: EVENT_MS_MAX }, watching(async (rig, watch) => {
  workspace(rig, { a: { build: copying("in"), dev: "echo up; exec sleep 1000" } });
  rig.write("fathom.json", JSON.stringify({ tasks: { dev: { persistent: true } } }));
  rig.write("packages/a/in", "1");
  const watched = watch(["build", "dev"]);
  await watched.round();
  await watched.says('"text":"up\\n"');
  assert.deepEqual(await watched.edit("packages/a/in", "2"), ["changed packages/a/in", "a#build ran"]);
  assert.equal(await watched.end(), 143);
}));

test("a persistent task that is interruptible starts again when what it waits for ran, or a file of its package changed; another does not", { timeout: EVENT_MS_MAX }, watching(async (rig, watch) => {
  const serve = "echo up; exec sleep 1000";
  workspace(rig, { a: { build: copying("in") }, b: { dev: serve, steady: serve } });
  rig.write("fathom.json", JSON.stringify({ tasks: { dev: { dependsOn: ["a#build"], persistent: true, interruptible: true }, steady: { dependsOn: ["a#build"], persistent: true } } }));
  rig.write("packages/a/in", "1");
  rig.write("packages/b/server.js", "1");
  const watched = watch(["dev", "steady"]);
  await watched.round();
  await watched.says('"source":"b#dev","level":"stdout","text":"up\\n"');
  assert.deepEqual(await watched.edit("packages/a/in", "2"), ["changed packages/a/in", "a#build ran", "b#dev bypassed"]);
  await watched.says('"source":"b#dev","level":"stdout","text":"up\\n"');
  assert.deepEqual(await watched.edit("packages/b/server.js", "2"), ["changed packages/b/server.js", "b#dev bypassed"]);
  assert.equal(await watched.end(), 143);
}));
