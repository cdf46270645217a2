// The names of programs, kept for the run: a build starts the same few programs
// again and again, and finding out what they are called means walking to each.

import type { AbsPath } from "../base/path.ts";
import { directoryBy, type Directory, type World, type WorldEntry } from "./image.ts";
import { programNames } from "./programs.ts";

/** Notices whether anything was asked whose answer does not last. */
class Noticing implements World {
  readonly #world: World;
  readonly age: number;
  isLastingOnly = true;

  constructor(world: World) {
    this.#world = world;
    this.age = world.age;
  }

  isLasting(path: AbsPath): boolean {
    return this.#world.isLasting(path);
  }

  directory(path: AbsPath): Directory {
    return directoryBy(path, (child) => this.lookup(child));
  }

  lookup(path: AbsPath): WorldEntry | null {
    this.isLastingOnly &&= this.isLasting(path);
    return this.#world.lookup(path);
  }

  interpreter(path: AbsPath): AbsPath | "unknown" | null {
    this.isLastingOnly &&= this.isLasting(path);
    return this.#world.interpreter(path);
  }
}

export class ProgramNames {
  readonly #names = new Map<string, readonly string[]>();
  #age = 0;

  /** Every name that an image of this program goes by; see programNames. */
  of(path: string, world: World): readonly string[] {
    if (world.age !== this.#age) this.#names.clear();
    this.#age = world.age;
    const known = this.#names.get(path);
    if (known !== undefined) return known;
    const noticing = new Noticing(world);
    const names = programNames(path, noticing);
    if (noticing.isLastingOnly) this.#names.set(path, names);
    return names;
  }
}
