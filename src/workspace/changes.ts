// Which files differ from a commit: what was committed since, what was not, and what
// is new. Asks git; whatever it cannot say is a failure with its own words.

import { spawnSync } from "node:child_process";
import { absPath, isAbsPath, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

function git(root: AbsPath, args: readonly string[]): Result<string, Failure> {
  const ran = spawnSync("git", ["-C", toText(root), ...args], { encoding: "latin1", maxBuffer: OUTPUT_BYTES_MAX });
  if (ran.error !== undefined) return fail({ code: "git-failed", message: `Cannot find what changed: git could not be started (${ran.error.message})` });
  if (ran.status === 0) return ok(ran.stdout);
  const said = Buffer.from(ran.stderr, "latin1").toString("utf8").trim().split("\n")[0] ?? "";
  return fail({ code: "git-failed", message: `Cannot find what changed in "${toText(root)}": git says "${said}"`, advice: "Name a commit that is here, for instance --filter=\"[HEAD~1]\"" });
}

/** What branches begin from that say nothing of it: where a clone knows it, and what is usual. Clones in CI have no origin/HEAD. */
const USUAL_BASES = ["origin/HEAD", "origin/main", "origin/master", "main", "master"] as const;

/** The first of them that is here. `asked`: of a pull request on GitHub, the branch that it is for. */
export function defaultBase(root: AbsPath, asked: string | undefined): string {
  const bases = [...(asked === undefined || asked === "" ? [] : [`origin/${asked}`]), ...USUAL_BASES];
  return bases.find((base) => git(root, ["rev-parse", "--verify", "--quiet", `${base}^{commit}`]).ok) ?? USUAL_BASES[0];
}

/** Where the branch that we are on went off: what others did there since is not ours. `base` itself where git cannot say. */
export function forkPoint(root: AbsPath, base: string): string {
  if (base.startsWith("-") || base.includes("..")) return base;
  const found = git(root, ["merge-base", base, "HEAD"]);
  return found.ok ? found.value.trim() : base;
}

/** "main": what differs from it, with what is not committed, as pnpm and turbo. "a...b", "a..b": between two commits. */
export function changedSince(root: AbsPath, since: string): Result<readonly AbsPath[], Failure> {
  if (since.startsWith("-")) return fail({ code: "git-failed", message: `Cannot find what changed since "${since}": that is no commit` });
  const top = git(root, ["rev-parse", "--show-toplevel"]);
  if (!top.ok) return top;
  const isRange = since.includes("..");
  // A file that was moved is a change where it went and where it was, and nobody's own settings hide either.
  const diff = ["-c", "diff.relative=false", "-c", "diff.ignoreSubmodules=none", "diff", "--name-only", "--no-renames", "-z", since, "--"];
  const asked = isRange ? [diff] : [
    diff,
    ["ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/"],
  ];
  const found = new Set<AbsPath>();
  for (const args of asked) {
    const names = git(root, args);
    if (!names.ok) return names;
    for (const name of names.value.split("\0")) {
      const path = `${top.value.replace(/\n$/, "")}/${name}`;
      if (name !== "" && isAbsPath(path)) found.add(absPath(path));
    }
  }
  return ok([...found]);
}
