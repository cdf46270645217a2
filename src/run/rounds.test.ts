// Tasks that came too early run again, and the order is kept.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../base/clock.ts";
import { absPath } from "../base/path.ts";
import { fail, ok } from "../base/result.ts";
import { CHAIN, diskWith, valueOf, workspaceOf } from "../workspace/fake-workspace.ts";
import { taskGraph } from "../workspace/graph.ts";
import { linksOf } from "../workspace/links.ts";
import type { ObservedEdge } from "../workspace/observed-order.ts";
import { Rules } from "../workspace/rules.ts";
import type { Spawn, TaskEnd } from "./execute.ts";
import { Rounds, type RanInOrder, type RoundsOptions } from "./rounds.ts";
import type { Follows } from "./task-order.ts";

interface Story {
  readonly tasks?: readonly string[];
  /** By folder: how it ends, each time that it runs. */
  readonly ends?: Readonly<Record<string, readonly number[]>>;
  /** Folders: who looked at what whom wrote; said when both have run so often. */
  readonly follows?: readonly { readonly after: string; readonly before: string; readonly isTooEarly: boolean; readonly times?: number }[];
  readonly options?: Partial<RoundsOptions>;
  readonly isKept?: boolean;
}

interface Told {
  readonly ran: RanInOrder;
  /** Folders, as they were started, and "docs again after a". */
  readonly lines: readonly string[];
  readonly kept: readonly ObservedEdge[] | null;
}

const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf("/") + 1);

async function run({ tasks = ["build"], ends = {}, follows = [], options = {}, isKept = true }: Story): Promise<Told> {
  const workspace = workspaceOf(diskWith(CHAIN));
  const { graph, asked } = valueOf(taskGraph({ tasks, packages: workspace.packages.map(({ name }) => name), isOnly: false, isParallel: false }, { workspace, links: linksOf(workspace), rules: new Rules([]), observed: options.observed ?? [] }));
  const [lines, spawned]: [string[], Spawn[]] = [[], []];
  let kept: readonly ObservedEdge[] | null = null;
  /** Process numbers of a package, in the order of its runs. */
  const pidsOf = (name: string): number[] => spawned.flatMap(({ folder }, at) => (nameOf(folder) === name ? [at + 1] : []));
  const said: Follows[] = [];
  const rounds = new Rounds({ graph, asked, concurrency: 4, onFailure: "never", args: [], isUncached: false, envMode: "loose", isParallel: false, observed: [], ...options }, {
    clock: new FakeClock(),
    ground: { env: { PATH: "/bin" }, manager: "npm", root: "/w", node: "/bin/node", isPnp: false },
    tokens: null,
    folderOf: ({ owner }) => owner.folder,
    observed: () => ({ status: "ran", cause: null }),
    newCause: () => null,
    start: (spawn) => {
      const pid = spawned.push(spawn);
      const name = nameOf(spawn.folder);
      lines.push(name);
      const code = ends[name]?.[pidsOf(name).length - 1] ?? 0;
      const end: TaskEnd = { kind: "exited", code };
      return { pid, end: Promise.resolve(end), kill: () => undefined };
    },
    outcomes: {
      unsaid: () => [],
      follows: () => {
        for (const { after, before, isTooEarly, times = 1 } of follows) {
          const pids = [pidsOf(after)[times - 1], pidsOf(before)[0]];
          if (pids[0] === undefined || pids[1] === undefined || said.some((each) => each.after === pids[0] && each.before === pids[1])) continue;
          said.push({ after: pids[0], before: pids[1], path: absPath(`/w/${before}/out`), isTooEarly });
        }
        return said;
      },
    },
    wait: () => Promise.resolve(), shown: (path) => path,
    keep: (edges) => {
      kept = edges;
      return isKept ? ok(undefined) : fail({ code: "eacces", message: "Cannot write" });
    },
  }, (event) => {
    if (event.kind === "failed") lines.push(`${nameOf(event.task.owner.folder)} failed`);
    if (event.kind === "again") lines.push(`${nameOf(event.task.owner.folder)} again after ${event.before}`);
  });
  return { ran: await rounds.run(), lines, kept };
}

const EARLY = { after: "docs", before: "b", isTooEarly: true };

test("who read too early runs again when the other is done, and the order is kept", async () => {
  const { ran, lines, kept } = await run({ follows: [EARLY] });
  assert.deepEqual(lines, ["docs", "a", "b", "web", "docs again after @s/b#build", "docs"]);
  assert.deepEqual(kept, [{ before: "@s/b#build", after: "docs#build", path: "/w/b/out" }]);
  assert.deepEqual(ran.learnt, kept);
});

test("what waits for who read too early runs again as well", async () => {
  const { lines } = await run({ follows: [{ after: "a", before: "docs", isTooEarly: true }] });
  assert.deepEqual(lines, ["docs", "a", "b", "web", "a again after docs#build", "a", "b", "web"]);
});

test("a failure of who came too early is none when it succeeds afterwards; what was skipped for it runs", async () => {
  const { ran, lines } = await run({ ends: { docs: [1, 0] }, follows: [{ after: "docs", before: "a", isTooEarly: true }] });
  assert.deepEqual(lines, ["docs", "a", "docs again after @s/a#build", "docs", "b", "web"]);
  assert.deepEqual([ran.exitCode, [...ran.outcomes.values()].every((outcome) => outcome === "done")], [0, true]);
});

test("what was skipped because of another failure stays skipped", async () => {
  const [a, b] = ["@s/a#build", "@s/b#build"];
  for (const onFailure of ["never", "dependencies-successful"] as const) {
    const { ran, lines } = await run({ ends: { docs: [1, 0], a: [2] }, follows: [{ after: "docs", before: "a", isTooEarly: true }], options: { onFailure } });
    assert.deepEqual(lines, ["docs", "a", "a failed", "docs again after @s/a#build", "docs"]);
    const outcomeOf = new Map<string, string>(ran.outcomes);
    assert.deepEqual([ran.exitCode, outcomeOf.get(a), outcomeOf.get(b), outcomeOf.get("docs#build")], [2, "failed", "skipped", "done"]);
  }
});

test("a failure that had another cause stays one, and is told of once", async () => {
  const { ran, lines } = await run({ ends: { docs: [1, 3] }, follows: [{ after: "docs", before: "a", isTooEarly: true }] });
  assert.equal(ran.exitCode, 3);
  assert.deepEqual(lines.filter((line) => line.includes("failed")), ["docs failed"]);
  assert.equal(lines.at(-1), "docs failed");
});

test("who came late enough by luck does not run again, and waits from now on", async () => {
  const { lines, kept } = await run({ follows: [{ ...EARLY, isTooEarly: false }] });
  assert.deepEqual(lines, ["docs", "a", "b", "web"]);
  assert.deepEqual(kept?.map(({ before, after }) => [before, after]), [["@s/b#build", "docs#build"]]);
});

test("an order that is declared is not kept a second time", async () => {
  assert.equal((await run({ follows: [{ after: "web", before: "a", isTooEarly: false }] })).kept, null);
});

test("two that each read what the other wrote have no order, and neither runs for ever", async () => {
  const { lines, kept } = await run({ follows: [EARLY, { after: "b", before: "docs", isTooEarly: true }] });
  assert.ok(lines.length < 20);
  assert.equal(kept, null);
});

test("who comes too early again and again is left at last", async () => {
  const { lines } = await run({ follows: Array.from({ length: 30 }, (_, n) => ({ ...EARLY, times: n + 1 })) });
  assert.equal(lines.filter((line) => line === "docs").length, 5);
});

test("an order that was seen earlier and not this time is forgotten", async () => {
  const known: ObservedEdge = { before: "docs#build" as ObservedEdge["before"], after: "@s/a#build" as ObservedEdge["after"], path: absPath("/w/x") };
  const { lines, kept } = await run({ options: { observed: [known] } });
  assert.deepEqual([lines, kept], [["docs", "a", "b", "web"], []]);
});

test("in parallel nothing runs again", async () => {
  assert.deepEqual((await run({ follows: [EARLY], options: { isParallel: true } })).lines, ["docs", "a", "b", "web"]);
});

test("an order that cannot be kept is said, and changes no result", async () => {
  const { ran } = await run({ follows: [EARLY], isKept: false });
  assert.deepEqual([ran.exitCode, ran.unkept?.code], [0, "eacces"]);
});
