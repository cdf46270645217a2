// Which files of a workspace git has the content of, and that content: what a view
// stands on need not be copied where git keeps it. Git is asked and never believed
// about a file that it was told not to look at.

import { execFile, spawnSync } from "node:child_process";
import { toText, type AbsPath } from "../base/path.ts";

const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;

export interface GitState {
  /** Path to the object with its content. */
  readonly clean: ReadonlyMap<string, string>;
  /** Changed or new, and not ignored. */
  readonly dirty: readonly string[];
}

// Without a lock: asking must not write the index anew.
const argumentsOf = (workspace: AbsPath, args: readonly string[]): string[] => ["-C", toText(workspace), "--no-optional-locks", "-c", "core.fsmonitor=false", ...args];

/** Not tracked, and not ignored; git looks while we do something else. Null: git says nothing of it. */
export const untracked = (workspace: AbsPath): Promise<readonly string[] | null> =>
  new Promise((resolve) => {
    execFile("git", argumentsOf(workspace, ["ls-files", "-z", "--others", "--exclude-standard"]), { encoding: "buffer", maxBuffer: OUTPUT_BYTES_MAX }, (error, output) => { resolve(error === null ? fieldsOf(output) : null); });
  });

function git(workspace: AbsPath, args: readonly string[], input = ""): Buffer | null {
  const ran = spawnSync("git", argumentsOf(workspace, args), { input, maxBuffer: OUTPUT_BYTES_MAX, stdio: ["pipe", "pipe", "ignore"] });
  return ran.error === undefined && ran.status === 0 ? ran.stdout : null;
}

const fieldsOf = (output: Buffer | null): readonly string[] => output?.toString("latin1").split("\0").filter((field) => field !== "") ?? [];

/** Tag, mode, object, stage, path. "H": git compares the file (git-ls-files(1)); other tags are those that it was told to trust. */
const ENTRY = /^H 100(?:644|755) ([0-9a-f]{40,64}) 0\t(.*)$/s;

/** Null: no repository begins here, or git says nothing of it. */
export function gitState(workspace: AbsPath): GitState | null {
  const prefix = git(workspace, ["rev-parse", "--show-prefix"]);
  if (prefix === null || prefix.toString("latin1").trim() !== "") return null;
  const [status, index] = [git(workspace, ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"]), git(workspace, ["ls-files", "-s", "-v", "-z"])];
  if (status === null || index === null) return null;
  const [dirty, unlike] = [[] as string[], new Set<string>()];
  for (const line of fieldsOf(status)) {
    const path = line.slice(3);
    dirty.push(path);
    // The second letter compares the file with the index, whose objects git has (git-status(1)).
    if (line.charAt(1) !== " ") unlike.add(path);
  }
  const clean = new Map<string, string>();
  for (const line of fieldsOf(index)) {
    const [, object, path] = ENTRY.exec(line) ?? [];
    if (object !== undefined && path !== undefined && !unlike.has(path)) clean.set(path, object);
  }
  return { clean, dirty: dirty.filter((path) => !clean.has(path)) };
}

/** Content by object, as far as git still has it. */
export function gitContents(workspace: AbsPath, objects: readonly string[]): ReadonlyMap<string, Buffer> {
  const contents = new Map<string, Buffer>();
  const output = objects.length === 0 ? null : git(workspace, ["cat-file", "--batch"], `${objects.join("\n")}\n`);
  for (let at = 0; output !== null && at < output.length;) {
    const end = output.indexOf("\n", at);
    if (end < 0) break;
    const [object = "", type, size] = output.toString("latin1", at, end).split(" ");
    const length = type === "blob" ? Number(size) : 0;
    if (type === "blob") contents.set(object, output.subarray(end + 1, end + 1 + length));
    at = type === "blob" ? end + 1 + length + 1 : end + 1;
  }
  return contents;
}
