// A place is where one history of a build happens: workspace, home, temporary
// folder and a folder outside of them, with the environment and the steps as
// they are now. Names of places are equally long, and what a build writes of
// its own place is the same letter in all of them, so that trees can be compared.

import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { byteOrder } from "../../src/base/path.ts";
import type { Edit, Sequence, Step } from "./sequence.ts";

const PARTS = ["work", "home", "tmp", "outside"] as const;
const OWN_NAME = "@";
/** Of `fathom run`. */
const OWN_FOLDER = ".fathom";
/** What is shown of a file that differs. */
const SHOWN_BYTES = 120;
/** Of so many steps one may fail. */
const STRICT_EACH = 4;
/** Sources are from a second each, long ago. */
const FIRST_SOURCE_S = 1_700_000_000;

export class Place {
  readonly root: string;
  readonly work: string;
  readonly #steps: Step[];
  readonly #left = new Set<number>();
  readonly #sequence: Sequence;
  env: Readonly<Record<string, string>>;

  constructor(root: string, sequence: Sequence, env: Readonly<Record<string, string>>) {
    this.root = root;
    this.work = join(root, "work");
    this.#sequence = sequence;
    this.#steps = [...sequence.steps];
    this.env = { ...env, HOME: join(root, "home"), TMPDIR: join(root, "tmp"), OUTSIDE: join(root, "outside") };
    for (const part of PARTS) mkdirSync(join(root, part), { recursive: true });
    if (sequence.project !== null) cpSync(sequence.project, this.work, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    for (const [index, edit] of sequence.sources.entries()) {
      this.apply(edit);
      // Which of two is older must not depend on how fast they were written.
      if (edit.kind === "write" && isFile(join(root, edit.path))) utimesSync(join(root, edit.path), FIRST_SOURCE_S + index, FIRST_SOURCE_S + index);
    }
    this.#render();
  }

  /** An edit that does not apply (any more) does nothing, the same in every place. */
  apply(edit: Edit): void {
    switch (edit.kind) {
      case "variable": {
        const others = Object.fromEntries(Object.entries(this.env).filter(([name]) => name !== edit.name));
        this.env = edit.value === null ? others : { ...others, [edit.name]: edit.value };
        return;
      }
      case "swap": {
        const [first, second] = [this.#steps.findIndex(({ id }) => id === edit.first), this.#steps.findIndex(({ id }) => id === edit.second)];
        const [one, two] = [this.#steps[first], this.#steps[second]];
        if (one === undefined || two === undefined) return;
        this.#steps[first] = two;
        this.#steps[second] = one;
        return this.#render();
      }
      case "toggle":
        if (!this.#left.delete(edit.step)) this.#left.add(edit.step);
        return this.#render();
      case "run":
        return; // The oracle's business: it runs commands.
      case "restore":
        if (this.#sequence.project !== null) restore(join(this.#sequence.project, edit.path.slice("work/".length)), join(this.root, edit.path));
        return;
      default:
        applyToFile(edit, (path) => join(this.root, path));
    }
  }

  #render(): void {
    const steps = this.#steps.filter(({ id }) => !this.#left.has(id));
    if (this.#sequence.form === "tasks") this.#renderTasks(steps);
    if (this.#sequence.form === "script") {
      for (const { id, text, child } of steps) if (child !== null) writeChanged(join(this.work, `steps/${id}.sh`), `${text}\n`);
      writeChanged(join(this.work, "build.sh"), steps.map(({ id, text, child }) => `${child === null ? text : `${child}sh steps/${id}.sh`}\n`).join(""));
    }
    if (this.#sequence.form === "make") {
      const goals = steps.map(({ id }) => `out/m${id}`).join(" ");
      writeChanged(join(this.work, "Makefile"), [`all: ${goals}`, ...steps.map(({ text }) => text), ""].join("\n"));
    }
  }

  /** A package for each step, which needs the one before; build.sh runs their scripts one after the other. */
  #renderTasks(steps: readonly Step[]): void {
    writeChanged(join(this.work, "package.json"), JSON.stringify({ name: "root", private: true, workspaces: ["packages/*"] }));
    const names = steps.map(({ id }) => `p${id}`);
    const there = join(this.work, "packages");
    for (const name of existsSync(there) ? readdirSync(there) : []) if (!names.includes(name)) rmSync(join(there, name), { recursive: true });
    const lines = steps.map(({ id, text }, index) => {
      // Most go on after what fails, or little of a random build would happen.
      const build = `cd ../.. && sh steps/${id}.sh${id % STRICT_EACH === 0 ? "" : " || true"}`;
      const before = names[index - 1];
      writeChanged(join(this.work, `steps/${id}.sh`), `${text}\n`);
      writeChanged(join(there, `p${id}/package.json`), JSON.stringify({ name: `p${id}`, version: "1.0.0", scripts: { build }, dependencies: before === undefined ? {} : { [before]: "*" } }));
      return `(cd packages/p${id} && ${build})`;
    });
    writeChanged(join(this.work, "build.sh"), `${lines.join(" &&\n")}\n`);
  }

  /** Text of the place without its name. */
  plain(text: string): string {
    return text.replaceAll(this.root, OWN_NAME);
  }

  /** Every name with its type, permissions, number of names, and content. */
  describe(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const visit = (relative: string): void => {
      for (const name of readdirSync(join(this.root, relative)).sort(byteOrder)) {
        if (name === OWN_FOLDER) continue;
        const path = `${relative}/${name}`;
        const text = this.#describeOne(join(this.root, path));
        found.set(path, text);
        if (text.startsWith("folder")) visit(path);
      }
    };
    for (const part of PARTS) visit(part);
    return found;
  }

  #describeOne(path: string): string {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return `link to ${this.plain(readlinkSync(path))}`;
    const permissions = (stat.mode & 0o7777).toString(8);
    if (stat.isDirectory()) return `folder ${permissions}`;
    if (!stat.isFile()) return "something else";
    const text = this.plain(readFileSync(path, "latin1"));
    const digest = createHash("sha256").update(text, "latin1").digest("hex").slice(0, 16);
    return `file ${permissions} names ${stat.nlink} ${digest} ${JSON.stringify(text.slice(0, SHOWN_BYTES))}`;
  }
}

function writeChanged(path: string, text: string): void {
  if (existsSync(path) && statSync(path).isFile() && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Only what is not the same: who restores does not touch the rest. */
function restore(from: string, to: string): void {
  if (!existsSync(from) || !hasFolder(to)) return;
  if (!isFile(to) || !readFileSync(to).equals(readFileSync(from))) writeFileSync(to, readFileSync(from));
  chmodSync(to, statSync(from).mode & 0o7777);
}

type FileEdit = Exclude<Edit, { readonly kind: "variable" | "swap" | "toggle" | "run" | "restore" }>;

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

/** Whether a folder is where the file shall be; what stands in the way of that stays. */
function hasFolder(path: string): boolean {
  const folder = dirname(path);
  if (!existsSync(folder) && !isDangling(folder)) {
    if (!hasFolder(folder)) return false;
    mkdirSync(folder);
  }
  return existsSync(folder) && statSync(folder).isDirectory();
}

const lookAt = (path: string): ReturnType<typeof lstatSync> | undefined => lstatSync(path, { throwIfNoEntry: false });
const isDangling = (path: string): boolean => !existsSync(path) && (lookAt(path)?.isSymbolicLink() ?? false);

function applyToFile(edit: FileEdit, locate: (path: string) => string): void {
  const path = locate(edit.path);
  switch (edit.kind) {
    case "write":
      // A dangling or circular link would be written through, to who knows where.
      if (!hasFolder(path)) return;
      if (isDangling(path)) rmSync(path);
      if (!existsSync(path) || isFile(path)) writeFileSync(path, edit.text);
      return;
    case "sneak": {
      if (!isFile(path)) return;
      // Node sets times to the microsecond; make compares all nine digits.
      const like = `${path}.like`;
      spawnSync("touch", ["-r", path, like]);
      writeFileSync(path, edit.text.padEnd(statSync(path).size, "#").slice(0, statSync(path).size));
      spawnSync("touch", ["-r", like, path]);
      rmSync(like, { force: true });
      return;
    }
    case "touch":
      if (isFile(path)) writeFileSync(path, readFileSync(path));
      return;
    case "append":
      if (isFile(path)) writeFileSync(path, edit.text, { flag: "a" });
      return;
    case "delete":
      rmSync(path, { recursive: true, force: true });
      return;
    case "mode":
      if (existsSync(path)) chmodSync(path, edit.mode);
      return;
    case "link":
      if (!hasFolder(path)) return;
      rmSync(path, { recursive: true, force: true });
      symlinkSync(edit.target, path);
      return;
    case "folder":
      if (!hasFolder(path)) return;
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path);
      return;
    case "rename": {
      const to = locate(edit.to);
      if (lookAt(path) === undefined || path === to || to.startsWith(`${path}/`) || path.startsWith(`${to}/`) || !hasFolder(to)) return;
      rmSync(to, { recursive: true, force: true });
      renameSync(path, to);
      return;
    }
  }
}
