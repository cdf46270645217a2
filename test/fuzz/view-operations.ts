// The program that is run in a view and in a plain directory: so many random
// operations on few names, so that they meet, and of each its result or error.
// `node view-operations.js <seed> <count>`. One thing it does not do: moving a
// directory that was there at first, which an overlay refuses (docs/reference/limits.md).

import * as fs from "node:fs";
import { Random } from "./random.ts";

/** Of the first state (see views.ts). */
const OLD_DIRECTORIES = new Set(["o", "p"]);
const NAMES = ["a", "b", "o", "o/a", "o/b", "o/p", "o/p/a", "o/p/c", "n", "n/a", "n/b", "n/m", "n/m/a", "m", "m/a", "link", "o/link"] as const;
const MODES = [0o600, 0o644, 0o700, 0o755] as const;
/** What its owner may not look into is a conflict. */
const DIRECTORY_MODES = [0o700, 0o750, 0o755, 0o711] as const;
/** None leads out of the directory. */
const TARGETS = ["a", "o", "p/a", "nowhere", "n/m"] as const;

const random = new Random(Number(process.argv[2]));
const name = (): string => random.pick(NAMES);
const text = (): string => `${"x".repeat(random.below(5000))}${String(random.below(1000))}\n`;

function isOldDirectory(path: string): boolean {
  return OLD_DIRECTORIES.has(path.slice(path.lastIndexOf("/") + 1)) && (fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

function typeOf(stat: fs.Stats): string {
  return stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "link" : "file";
}

function look(path: string): string {
  const stat = fs.lstatSync(path);
  // Of a directory neither its size nor how many names it has is the same on every file system.
  return `${typeOf(stat)} ${stat.mode.toString(8)} ${stat.isDirectory() ? "" : String(stat.size)}`;
}

const OPERATIONS: readonly [string, () => unknown][] = [
  ["write", () => { fs.writeFileSync(name(), text()); }],
  ["write anew", () => { fs.writeFileSync(name(), text(), { flag: "wx" }); }],
  ["append", () => { fs.appendFileSync(name(), text()); }],
  ["truncate", () => { fs.truncateSync(name(), random.below(3000)); }],
  ["read", () => fs.readFileSync(name(), "latin1").length],
  ["unlink", () => { fs.unlinkSync(name()); }],
  ["make directory", () => { fs.mkdirSync(name(), random.pick(DIRECTORY_MODES)); }],
  ["remove directory", () => { fs.rmdirSync(name()); }],
  ["remove all", () => { fs.rmSync(name(), { recursive: true }); }],
  ["rename", () => {
    const [from, to] = [name(), name()];
    if (isOldDirectory(from)) return "left";
    fs.renameSync(from, to);
    return "";
  }],
  ["symlink", () => { fs.symlinkSync(random.pick(TARGETS), name()); }],
  ["link", () => { fs.linkSync(name(), name()); }],
  ["mode", () => {
    const path = name();
    const stat = fs.lstatSync(path);
    if (!stat.isSymbolicLink()) fs.chmodSync(path, random.pick(stat.isDirectory() ? DIRECTORY_MODES : MODES));
  }],
  ["time", () => { fs.lutimesSync(name(), 1_000_000_000, 1_000_000_000 + random.below(1000)); }],
  ["names", () => fs.readdirSync(name()).sort().join(" ")],
  ["look", () => look(name())],
  ["target", () => fs.readlinkSync(name())],
];

for (let count = Number(process.argv[3]); count > 0; count--) {
  const [what, act] = OPERATIONS[random.below(OPERATIONS.length)] ?? ["", () => ""];
  let result: string;
  try {
    const value = act();
    result = typeof value === "string" || typeof value === "number" ? String(value) : "";
  } catch (thrown) {
    result = thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
  }
  process.stdout.write(`${what}: ${result}\n`);
}
