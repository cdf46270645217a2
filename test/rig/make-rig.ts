// A small project below make, for tests of plans of single units: files in a
// chain, a shell with a folder and a link, and a mark that tells whether Node was
// started. Every command does enough work to be worth storing on any machine, but
// for the shell that looks for a patch and finds none.
// Under a second rig without plans the same history asks TypeScript.

import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { plansIn, removePlan } from "./plans.ts";
import { withRig, type Options, type Ran, type Rig } from "./rig.ts";

const MAKEFILE = `all: x y z
x: a
\t./copy a x
y: x
\t./copy x y
\tif [ -e patch ]; then ./count 1; cat patch | dd of=y conv=notrunc status=none; fi
z: x y d
\t{ ./count 1; cat y d >z; mkdir -p out; ln -sf ../x out/link; echo made z; }
clean:
\trm -rf x y z out
`;
/** Long enough that no time is too young to be proof. */
const TICK_MS = 60;

export const settle = (ms = TICK_MS): void => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms); };

/** What is in a folder: names, kinds, modes, contents and targets; not the programs, and nothing of make's own. */
export function treeOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "latin1" }).sort().map((name) => {
    const path = join(folder, name);
    const what = lstatSync(path);
    const content = what.isSymbolicLink() ? readlinkSync(path) : what.isFile() ? readFileSync(path, "latin1") : "";
    return `${name} ${what.mode.toString(8)} ${content.length > 1000 ? String(content.length) : content}`;
  });
}

export class MakeRig {
  readonly rig: Rig;
  readonly #bin: string;
  readonly #mark: string;

  constructor(rig: Rig) {
    this.rig = rig;
    this.#bin = join(rig.scratch, "bin");
    this.#mark = join(rig.scratch, "node-was-started");
    mkdirSync(this.#bin);
    rig.write(join(this.#bin, "node"), `#!/bin/sh\n: >"${this.#mark}"\nexec "${process.execPath}" "$@"\n`, 0o755);
    for (const name of ["copy", "count"]) rig.program(name);
    rig.write("Makefile", MAKEFILE);
    rig.write("a", "alpha\n");
    rig.write("d", "delta\n");
    settle();
  }

  get options(): Options {
    return { env: { PATH: `${this.#bin}:/usr/bin:/bin` } };
  }

  make(...words: readonly string[]): Ran & { readonly isByPlan: boolean } {
    rmSync(this.#mark, { force: true });
    const ran = this.rig.fathom(["make", "-j2", ...words], this.options);
    return { ...ran, isByPlan: !existsSync(this.#mark) };
  }

  /** Bare: it is not what is tested. */
  clean(): void {
    this.rig.bare(["make", "clean"], this.options);
  }

  /** Whether make finds nothing to do. */
  isUpToDate(): boolean {
    return this.rig.bare(["make", "-q"], this.options).code === 0;
  }

  rebuild(): Ran & { readonly isByPlan: boolean } {
    this.clean();
    settle();
    return this.make();
  }

  /** Until every unit has a plan that holds. */
  plan(): void {
    for (let times = 0; times < 5; times++) if (this.rebuild().isByPlan) return;
    throw new Error("a unit has no plan");
  }

  plans(): readonly string[] {
    return plansIn(join(this.rig.scratch, "store"));
  }

  withoutPlans(): void {
    for (const plan of this.plans()) removePlan(plan);
  }

  tree(): readonly string[] {
    return treeOf(this.rig.work);
  }

  /** What a bare build makes of the sources as they are now. */
  bareTree(): readonly string[] {
    const folder = join(this.rig.scratch, "bare");
    rmSync(folder, { recursive: true, force: true });
    spawnSync("cp", ["-a", this.rig.work, folder]);
    const options = { ...this.options, cwd: folder };
    this.rig.bare(["make", "clean"], options);
    this.rig.bare(["make"], options);
    return treeOf(folder);
  }
}

export const withMake = (body: (made: MakeRig) => void): (() => void) => withRig((rig) => { body(new MakeRig(rig)); });
