// The program of an image, and what the kernel starts before it: the "#!" program
// of a script, the loader of an ELF file. No record shows their content being
// read, so their state is taken from the world and must be older than the image.

import { INTERPRETERS_MAX } from "../base/limits.ts";
import type { AbsPath } from "../base/path.ts";
import { ctimeNsOf } from "../base/signature.ts";
import type { Doubts } from "./doubts.ts";
import type { Executed } from "./event.ts";
import type { World } from "./image.ts";
import { FLAGS } from "./layout.ts";
import type { Model } from "./model.ts";
import { pathOf, type Node } from "./node.ts";
import { Cuts, Tree } from "./resolve.ts";

/**
 * Every name an image goes by: as it was asked for, where links lead from there, and of
 * what interprets it. "#!/usr/bin/make -f" is make, "sh" may be busybox.
 */
export function programNames(path: string, world: World): readonly string[] {
  const names = new Set<string>();
  let next: string | null = path;
  for (let depth = 0; next !== null && depth <= INTERPRETERS_MAX; depth += 1) {
    names.add(programOf(next));
    const place = new Tree(world, new Cuts()).resolve(next, true, true);
    const real: AbsPath | null = typeof place === "string" ? null : place.node.disk;
    if (real !== null) names.add(programOf(real));
    const interpreter = real === null ? null : world.interpreter(real);
    next = interpreter === "unknown" ? null : interpreter;
  }
  return [...names];
}

export const programOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function learnProgram(model: Model, node: Node, start: Executed["start"], doubts: Doubts): void {
  if (node.origin === null || node.isWritten) return;
  const { signature: file } = node;
  if (node.type !== "file" || file === null) return model.giveUp("program-gone", pathOf(node));
  if (ctimeNsOf(file) >= start.startedNs) doubts.add("program-changed", programOf(start.path), pathOf(node));
  if (model.learn(node, "content", file)) model.emit({ kind: "opened", flags: FLAGS.nofollow, file, path: pathOf(node) });
}

/** `doubts`: those that hold for every unit around this one. */
export function executed(model: Model, start: Executed["start"], seq: number, doubts: Doubts): void {
  const program = programOf(start.path);
  const { world } = model.context;
  let next: string | null = start.path;
  for (let depth = 0; next !== null && depth <= INTERPRETERS_MAX; depth += 1) {
    model.at({ record: { kind: "opened", flags: 0, file: null, path: next }, program, role: "executed" }, seq);
    const place = model.find(next, true, true);
    if (place === null) break;
    learnProgram(model, place.node, start, doubts);
    const path: AbsPath = place.node.disk ?? pathOf(place.node);
    const interpreter = world.interpreter(path);
    if (interpreter === "unknown") doubts.add("foreign-program", program, path);
    next = interpreter === "unknown" ? null : interpreter;
  }
  model.at(null, seq);
}
