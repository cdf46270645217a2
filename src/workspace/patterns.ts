// Which folders are members: the patterns of package.json or pnpm-workspace.yaml,
// expanded against the disk one component at a time, so that only folders which can
// match are listed. Later patterns win, as "!packages/old" after "packages/*".

import picomatch from "picomatch";
import { namesIn, type Disk } from "../base/disk.ts";
import { byteOrder, fromText, join, type AbsPath } from "../base/path.ts";

/** Never members, whatever a pattern says; the package managers agree. */
const NEVER = new Set(["node_modules", "bower_components", ".git"]);
/** A pattern such as "**" below a folder that leads back up by a link must end. */
const DEPTH_MAX = 64;

const isGlob = (part: string): boolean => /[*?[\]{}()!+@]/.test(part);

function folders(disk: Disk, folder: AbsPath): { readonly name: string; readonly isLink: boolean }[] {
  const found: { readonly name: string; readonly isLink: boolean }[] = [];
  for (const { name, type } of namesIn(disk.list(folder) ?? "")) {
    if ((type === "directory" || type === "link" || type === "unknown") && !NEVER.has(name)) found.push({ name, isLink: type === "link" });
  }
  return found;
}

class Expansion {
  readonly #disk: Disk;
  readonly found = new Set<AbsPath>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** `parts`: what is left of the pattern. */
  expand(folder: AbsPath, parts: readonly string[], depth = 0): void {
    const [part, ...rest] = parts;
    if (part === undefined) {
      this.found.add(folder);
      return;
    }
    if (depth > DEPTH_MAX) return;
    if (part === "**") return this.#expandAll(folder, parts, rest, depth);
    if (!isGlob(part)) return this.expand(join(folder, fromText(part)), rest, depth + 1);
    const matches = picomatch(fromText(part));
    for (const { name } of folders(this.#disk, folder)) if (matches(name)) this.expand(join(folder, name), rest, depth + 1);
  }

  #expandAll(folder: AbsPath, parts: readonly string[], rest: readonly string[], depth: number): void {
    this.expand(folder, rest, depth + 1);
    for (const { name, isLink } of folders(this.#disk, folder)) {
      if (!isLink && !name.startsWith(".")) this.expand(join(folder, name), parts, depth + 1);
    }
  }
}

/** "a/{b,c/d}" -> "a/b", "a/c/d": only where a brace holds a slash, for the parts are matched one by one. */
function unbraced(pattern: string): string[] {
  const brace = /\{([^{}]*\/[^{}]*)\}/.exec(pattern);
  const inner = brace?.[1];
  if (brace === null || inner === undefined) return [pattern];
  return inner.split(",").flatMap((choice) => unbraced(`${pattern.slice(0, brace.index)}${choice}${pattern.slice(brace.index + brace[0].length)}`));
}

const partsOf = (pattern: string): string[] => pattern.split("/").filter((part) => part !== "" && part !== ".");

/** Folders that the patterns name, sorted by bytes; whether they hold a package.json is not looked at. The root itself only where "." names it. */
export function foldersOf(patterns: readonly string[], root: AbsPath, disk: Disk): AbsPath[] {
  const members = new Set<AbsPath>();
  for (const pattern of patterns) {
    if (pattern.startsWith("!")) {
      const isOut = picomatch(partsOf(pattern.slice(1)).join("/"), { dot: true });
      const prefix = root === "/" ? 1 : root.length + 1;
      for (const member of members) if (isOut(member.slice(prefix))) members.delete(member);
      continue;
    }
    const expansion = new Expansion(disk);
    for (const plain of unbraced(pattern)) expansion.expand(root, partsOf(plain));
    for (const folder of expansion.found) members.add(folder);
  }
  return [...members].sort(byteOrder);
}
