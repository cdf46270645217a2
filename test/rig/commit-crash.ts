// Kills the commit of a view, or its undo, at one of its system calls (strace injects
// SIGKILL), then lets the next command recover, and compares: every path is as it was before
// the commit or as it is after it, all of them alike; nothing is torn, nothing lost.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { differences, makeScratch, removeTree } from "../../src/base/scratch.ts";
import { Rig } from "./rig.ts";
import { ask, say, tick, tree } from "./view-rig.ts";

const CLI = join(import.meta.dirname, "../../../../dist/bundle/cli.js");
const VIEW = "v";

/** One of each kind of change, and of their neighbours. */
const SCRIPT = "sed -i s/two/2/ a.txt; rm -r old; mkdir -p new/sub; echo n > new/sub/n; mv moved.txt new/moved.txt; chmod 600 run.sh; ln -sfn new link; mkdir closed; echo c > closed/c; chmod 500 closed; cp same.txt t; cat t > same.txt; rm t; rm file; mkdir file; echo f > file/f; chmod 700 kept; echo k > kept/k";

function furnish(rig: Rig): void {
  mkdirSync(rig.path(".git"));
  rig.write("a.txt", "one\ntwo\nthree\n");
  rig.write("run.sh", "#!/bin/sh\n", 0o755);
  rig.write("old/deep/b.txt", "b");
  rig.write("moved.txt", "it moves");
  rig.write("same.txt", "written again");
  rig.write("file", "becomes a directory");
  rig.write("kept/stays", "stays");
  symlinkSync("a.txt", rig.path("link"));
  tick(rig);
  ask(rig, ["view", "new", VIEW, "--", "sh", "-c", SCRIPT]);
}

export type Came = "before" | "after";
export type Killed = "commit" | "undo";

/** From one state as often as is wanted. */
export class CommitCrash {
  readonly #scratch = makeScratch("fathom-commit-crash");
  readonly #killed: Killed;
  readonly #rig: Rig;
  readonly #before: ReadonlyMap<string, string>;
  readonly #after: ReadonlyMap<string, string>;
  /** The calls of the main thread from taking the lock to the end: the name, and how often it was called by then, which is what strace counts. */
  readonly calls: readonly (readonly [string, number])[];

  constructor(killed: Killed) {
    this.#killed = killed;
    this.#rig = new Rig(this.#scratch);
    furnish(this.#rig);
    const first = tree(this.#rig);
    this.#keep();
    if (killed === "undo") ask(this.#rig, ["view", "commit", VIEW]);
    this.#before = tree(this.#rig);
    const log = join(this.#scratch, "calls");
    const whole = this.#strace(["-o", log]);
    assert.equal(whole.status, 0, whole.stderr);
    this.#after = tree(this.#rig);
    if (killed === "undo") assert.deepEqual(this.#after, first);
    const lines = readFileSync(log, "latin1").split("\n");
    const locks = lines.findIndex((line) => line.includes(".fathom/undo/lock"));
    assert.ok(locks > 0, "the commit takes a lock");
    const counts = new Map<string, number>();
    const calls = lines.map((line): readonly [string, number] => {
      const name = /^\w+/.exec(line)?.[0] ?? "";
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return [name, counts.get(name) ?? 0];
    });
    this.calls = calls.slice(locks).filter(([name]) => name !== "");
  }

  close(): void {
    removeTree(this.#scratch);
  }

  /** At one of the calls. What is wrong, and what it came to. */
  at([name, count]: readonly [string, number]): { readonly wrong: readonly string[]; readonly came: Came } {
    this.#restore();
    if (this.#killed === "undo") ask(this.#rig, ["view", "commit", VIEW]);
    this.#strace(["-o", "/dev/null", "-e", `inject=${name}:signal=KILL:when=${String(count)}`]);
    const recovered = say(this.#rig, ["undo", "--list", "--json"]);
    const now = tree(this.#rig);
    const isAfter = differences(now, this.#after).length === 0;
    const wrong = [
      ...(recovered.code === 0 ? [] : [`recovering ended with ${String(recovered.code)}: ${recovered.stderr}`]),
      ...(isAfter ? [] : differences(now, this.#before).map((path) => `${path} is ${now.get(path) ?? "missing"}, neither all as before nor all as after`)),
      ...this.#open().map((id) => `${id} is neither done nor undone`),
    ];
    return { wrong: wrong.length > 0 ? wrong : this.#goesOn(isAfter), came: isAfter ? "after" : "before" };
  }

  /** What did not happen can happen now; what was committed can be undone; and both end in the states that they should. */
  #goesOn(isAfter: boolean): readonly string[] {
    if (isAfter && this.#killed === "undo") return [];
    const next = isAfter || this.#killed === "undo" ? say(this.#rig, ["undo"]) : say(this.#rig, ["view", "commit", VIEW]);
    const found = differences(tree(this.#rig), isAfter ? this.#before : this.#after);
    return [...(next.code === 0 ? [] : [`going on ended with ${String(next.code)}: ${next.stderr}`]), ...found.map((path) => `after going on ${path} is not as it should be`)];
  }

  #open(): readonly string[] {
    const undo = this.#rig.path(".fathom/undo");
    return readdirSync(undo).filter((name) => lstatSync(join(undo, name)).isDirectory() && !existsSync(join(undo, name, "done")) && !existsSync(join(undo, name, "undone")));
  }

  #strace(options: readonly string[]): { readonly status: number | null; readonly stderr: string } {
    const run = spawnSync("strace", [...options, process.execPath, CLI, ...(this.#killed === "undo" ? ["undo"] : ["view", "commit", VIEW])], { cwd: this.#rig.work, env: { ...this.#rig.env }, encoding: "utf8" });
    if (run.error !== undefined) throw run.error;
    return run;
  }

  #places(): readonly (readonly [string, string])[] {
    const store = this.#rig.env["FATHOM_STORE"] ?? "";
    return [[this.#rig.work, join(this.#scratch, "kept-work")], [join(store, "views"), join(this.#scratch, "kept-views")]];
  }

  /** With all that belongs to overlays: whiteouts, attributes. */
  #copy(from: string, to: string): void {
    removeTree(to);
    const copied = spawnSync("cp", ["-a", from, to], { encoding: "utf8" });
    assert.equal(copied.status, 0, copied.stderr);
  }

  #keep(): void {
    for (const [place, kept] of this.#places()) this.#copy(place, kept);
  }

  /** A copy has new times of status: the view begins after them. */
  #restore(): void {
    for (const [place, kept] of this.#places()) this.#copy(kept, place);
    tick(this.#rig);
    const [, [views] = [""]] = this.#places();
    for (const folder of readdirSync(views, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(`/${VIEW}/begun`))) {
      removeTree(join(views, folder));
      cpSync("/dev/null", join(views, folder));
    }
  }
}
