// Random edits of a real project: what people do to sources between builds, and
// now and then a clean. Only files that are text and not made by the build.

import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { byteOrder } from "../../src/base/path.ts";
import type { Random } from "./random.ts";
import type { Edit, Sequence } from "./sequence.ts";

const SOURCE = /\.(?:c|h|cc|cpp|hh|hpp|y|l|S|inc|js|ts|mjs|cjs|json|css|html|txt|md|sh|py|in|am)$/;
const IGNORED = /(?:^|\/)(?:\.git|node_modules)(?:\/|$)/;
const ROUNDS = 6;

export interface Project {
  readonly folder: string;
  readonly build: string;
  readonly clean: string | null;
}

export function sourcesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !IGNORED.test(path))
    .sort(byteOrder);
}

function edit(random: Random, files: readonly string[], clean: string | null): Edit {
  const path = `work/${random.pickAny(files) ?? "none"}`;
  const kinds: readonly [() => Edit, ...(() => Edit)[]] = [
    () => ({ kind: "append", path, text: "\n" }),
    () => ({ kind: "append", path, text: /\.(?:c|h|cc|cpp|hh|hpp|y|l)$/.test(path) ? `/* ${random.below(3)} */\n` : "\n\n" }),
    () => ({ kind: "restore", path }),
    () => ({ kind: "restore", path }),
    () => ({ kind: "touch", path }),
    () => ({ kind: "mode", path, mode: random.pick([0o600, 0o644, 0o755]) }),
    () => ({ kind: "delete", path }),
    () => (clean === null ? { kind: "touch", path } : { kind: "run", command: clean }),
  ];
  return random.pick(kinds)();
}

/** A file that was taken away comes back in the next round: a project that does not build any more shows little. */
export function projectSequence(random: Random, { folder, build, clean }: Project): Sequence {
  const root = resolve(folder);
  const files = sourcesUnder(root);
  const gone: string[] = [];
  const rounds = random.times(ROUNDS, (index): Edit[] => {
    if (index === 0) return [];
    const back = gone.splice(0).map((path): Edit => ({ kind: "restore", path }));
    const drawn = random.times(random.pick([0, 1, 1, 2, 3]), () => edit(random, files, clean));
    for (const one of drawn) if (one.kind === "delete") gone.push(one.path);
    return [...back, ...drawn];
  });
  return {
    form: "project", command: ["sh", "-c", build], isParallel: /-j/.test(build), startsClean: false, project: root,
    sources: [], steps: [], rounds,
  };
}
