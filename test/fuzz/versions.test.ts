// A command in several versions, one after the other in any order, over what the
// others have left: after each, the tree is what running the command on the tree
// before would have left; of a task, without files that other versions made where
// nothing was, and never without one that was there before.

import assert from "node:assert/strict";
import { test } from "node:test";
import { namesIn } from "../../src/base/disk.ts";
import { FakeRun, type FakeUnit } from "../../src/cache/fake-unit.ts";
import { loseLeft } from "../../src/cache/remember.ts";
import { Random } from "./random.ts";

const SEQUENCES = 300;
const VERSIONS = 4;
const STEPS = 9;
/** What is there before anything has run, and what nobody may lose. */
const SOURCES: Tree = new Map([["config", "mine"], ["keep/notes", "mine"]]);
const FILES = ["a", "b", "out/c", "out/d", "out/in/e", "config", "keep/notes", "keep/f"] as const;

/** Files by path. Directories are those above them, and those that a unit made. */
type Tree = ReadonlyMap<string, string>;

interface World {
  readonly has: (path: string) => boolean;
  readonly text: (path: string) => string;
  readonly write: (path: string, text: string) => void;
  readonly remove: (path: string) => void;
}

type Action =
  | { readonly kind: "write" | "append" | "remove"; readonly path: string; readonly text: string }
  /** Where one is there it does something else. */
  | { readonly kind: "choose"; readonly path: string; readonly found: string; readonly missing: string };

function drawAction(random: Random): Action {
  const path = random.pick(FILES);
  if (random.chance(25)) return { kind: "choose", path, found: random.pick(FILES), missing: random.pick(FILES) };
  return { kind: random.pick(["write", "write", "write", "append", "remove"] as const), path, text: `${String(random.below(3))} ` };
}

function act(action: Action, world: World): void {
  if (action.kind === "choose") return world.has(action.path) ? world.write(action.found, "found") : world.write(action.missing, "missing");
  const { kind, path, text } = action;
  if (kind === "write") world.write(path, text);
  else if (kind === "append") world.write(path, world.has(path) ? world.text(path) + text : text);
  else if (world.has(path)) world.remove(path);
}

function afterAlone(actions: readonly Action[], before: Tree): Tree {
  const tree = new Map(before);
  const world: World = {
    has: (path) => tree.has(path), text: (path) => tree.get(path) ?? "", write: (path, text) => { tree.set(path, text); }, remove: (path) => { tree.delete(path); },
  };
  for (const action of actions) act(action, world);
  return tree;
}

/** The same with the facts that a fold would have of it. */
function asUnit(actions: readonly Action[], run: FakeRun): (unit: FakeUnit) => void {
  return (unit) => {
    unit.reads("version");
    const world: World = {
      has: (path) => {
        const isThere = run.text(path) !== null;
        if (isThere) unit.reads(path); // stat(2) tells more than the type.
        else unit.misses(path);
        return isThere;
      },
      text: (path) => unit.reads(path),
      write: (path, text) => {
        for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
          const folder = path.slice(0, at);
          if (run.disk.list(run.path(folder)) === null) unit.makesDirectory(folder);
          else unit.sees(folder);
        }
        unit.writes(path, text);
      },
      remove: (path) => { unit.removes(path); },
    };
    for (const action of actions) act(action, world);
  };
}

function treeOf(run: FakeRun): Tree {
  const tree = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const { name } of namesIn(run.disk.list(run.path(folder === "" ? run.context.roots.workspace : folder)) ?? "")) {
      const path = folder === "" ? name : `${folder}/${name}`;
      const text = run.text(path);
      if (text === null) walk(path);
      else if (path !== "version") tree.set(path, text);
    }
  };
  walk("");
  return tree;
}

const sorted = (tree: Tree): readonly string[] => [...tree].map(([path, text]) => `${path}: ${text}`).sort();

test(`of ${String(SEQUENCES)} random histories of a command in ${String(VERSIONS)} versions, each step leaves the tree of a run, and takes away nothing but what a task has made`, () => {
  const ended = { replayed: 0, taken: 0 };
  for (let seed = 0; seed < SEQUENCES; seed += 1) {
    const random = new Random(seed);
    const versions = random.times(VERSIONS, () => random.times(1 + random.below(3), () => drawAction(random)));
    const run = new FakeRun(Object.fromEntries(SOURCES));
    if (random.chance(30)) run.task = null;
    const steps: string[] = [];
    /** What is no version's: the sources, and what a run left that could not be stored. */
    let others = SOURCES;
    for (let step = 0; step < STEPS; step += 1) {
      const which = random.below(VERSIONS);
      const actions = versions[which] ?? [];
      if (random.chance(15)) {
        for (const [path] of treeOf(run)) if (!SOURCES.has(path)) run.remove(path);
        others = new Map([...others].filter(([path]) => SOURCES.has(path)));
        steps.push("clean");
      }
      run.write("version", String(which));
      const before = treeOf(run);
      const isHit = run.ask().kind === "hit";
      if (isHit) run.replay();
      else if (run.unit(asUnit(actions, run)).capture().kind === "refused") {
        loseLeft(run.weakKey, run.context);
        others = treeOf(run);
      }
      steps.push(`${isHit ? "replay" : "run"} ${String(which)}`);
      const [now, onTop] = [treeOf(run), afterAlone(actions, before)];
      const where = `seed ${String(seed)}: ${steps.join(", ")}: ${JSON.stringify(versions)}`;
      const gone = [...onTop.keys()].filter((path) => !now.has(path));
      if (isHit) ended[gone.length === 0 ? "replayed" : "taken"] += 1;
      assert.deepEqual(sorted(now), sorted(new Map([...onTop].filter(([path]) => !gone.includes(path)))), where);
      assert.deepEqual(run.task === null || !isHit ? gone : gone.filter((path) => others.has(path)), [], where);
    }
  }
  assert.ok(ended.replayed > SEQUENCES && ended.taken > SEQUENCES / 100, JSON.stringify(ended));
});
