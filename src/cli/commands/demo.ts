// `fathom demo`: builds a real C project (LMDB, whose sources come with one of
// our own dependencies) bare and under Fathom, in temporary folders, and shows
// the figures. Measures what it prints, prints nothing else.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { appendText, copyTree, describeTree, differences, isThere, makeScratch, removeTree } from "../../base/scratch.ts";
import { realClock } from "../../base/clock.ts";
import { packageRoot } from "../places.ts";
import { table, type Environment, type Printer } from "../render.ts";
import { duration } from "../summary.ts";

interface Step {
  readonly name: string;
  readonly bareNs: bigint;
  readonly fathomNs: bigint;
  /** What the summary said; empty when nothing was observed. */
  readonly summary: string;
  readonly different: readonly string[];
}

/** The folder of LMDB's C sources; null where the package came without them. */
function sources(): string | null {
  const entry = createRequire(join(packageRoot(), "package.json")).resolve("lmdb"); // node_modules/lmdb/dist/index.cjs
  const found = join(dirname(dirname(entry)), "dependencies/lmdb/libraries/liblmdb");
  return isThere(join(found, "Makefile")) ? found : null;
}

function timed(command: readonly [string, ...string[]], folder: string, env: Environment): { readonly ns: bigint; readonly stderr: string; readonly isGood: boolean } {
  const [program, ...args] = command;
  const startedNs = realClock.nowNs();
  const run = spawnSync(program, args, { cwd: folder, env: { ...env }, encoding: "utf8" });
  return { ns: realClock.nowNs() - startedNs, stderr: run.stderr, isGood: run.status === 0 };
}

const lastLine = (text: string, start: string): string =>
  text.split("\n").filter((line) => line.startsWith(start)).at(-1)?.slice(start.length) ?? "";

export function demo(env: Environment, isKept: boolean, print: Printer): number {
  const from = sources();
  if (from === null) {
    print.failure({ code: "demo-sources-missing", message: 'Cannot run the demo: the package "lmdb" came without its C sources', advice: "Run npm ci" });
    return 1;
  }
  const scratch = makeScratch("fathom-demo");
  try {
    return play(from, scratch, env, print);
  } finally {
    if (isKept) print.say(`The folder is still there: ${scratch}`);
    else removeTree(scratch);
  }
}

function play(from: string, scratch: string, env: Environment, print: Printer): number {
  // The same path for both, one after the other: debug information and messages embed it.
  const [work, bareTree] = [join(scratch, "lmdb"), new Map<string, ReadonlyMap<string, string>>()];
  const make = ["make", "-j2"] as const;
  const own = { ...env, FATHOM_STORE: join(scratch, "store") };
  const fathom = [join(packageRoot(), "bin/fathom"), "--", ...make] as const;
  const bareNs = new Map<string, bigint>();
  const steps: Step[] = [];
  const stages: readonly (readonly [string, () => void])[] = [
    ["first build", () => { removeTree(work); copyTree(from, work); }],
    ["after make clean", () => { spawnSync("make", ["clean"], { cwd: work }); }],
    ["after an edit of midl.c", () => appendText(join(work, "midl.c"), "int fathom_demo_edit;\n")],
    ["nothing to do", () => undefined],
  ];

  print.say("Building LMDB with make -j2, bare and then as: fathom -- make -j2");
  for (const [name, prepare] of stages) {
    prepare();
    const run = timed(make, work, env);
    if (!run.isGood) return failed(name, run.stderr, print);
    bareNs.set(name, run.ns);
    bareTree.set(name, describeTree(work));
  }
  for (const [name, prepare] of stages) {
    prepare();
    const run = timed(fathom, work, own);
    if (!run.isGood) return failed(name, run.stderr, print);
    steps.push({
      name,
      bareNs: bareNs.get(name) ?? 0n,
      fathomNs: run.ns,
      summary: lastLine(run.stderr, "fathom: "),
      different: differences(bareTree.get(name) ?? new Map<string, string>(), describeTree(work)),
    });
  }
  const rows = steps.map((step) => [step.name, duration(step.bareNs), duration(step.fathomNs),
    step.different.length === 0 ? "identical" : `${step.different.length} differ`]);
  for (const line of table([["", "bare", "fathom", "outputs"], ...rows])) print.say(line);
  for (const step of steps) print.say(`${step.name}: ${step.summary === "" ? "no summary" : step.summary}`);
  const wrong = steps.flatMap((step) => step.different);
  for (const name of new Set(wrong)) print.say(print.red(`different from the bare build: ${name}`));
  if (wrong.length > 0) return 1;
  if (steps.every((step) => step.summary.includes(" replayed, "))) return 0;
  print.failure({ code: "demo-untracked", message: "Cannot show what Fathom does: the builds ran, but were not observed", advice: "Run: fathom doctor" });
  return 1;
}

function failed(step: string, stderr: string, print: Printer): number {
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  print.failure({ code: "demo-build-failed", message: `Cannot finish the demo: make failed at "${step}": ${last}`, advice: "The demo needs gcc and make" });
  return 1;
}
