// Random workspaces with a history, and random filters for them: names with and without
// scopes of which one is the beginning of another, folders in folders, dependencies in
// every form, commits on two branches, and changes that nobody has committed.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Random } from "../../test/fuzz/random.ts";

export interface Member {
  readonly name: string;
  readonly folder: string;
}

const PLACES: readonly Member[] = [
  { name: "web", folder: "apps/web" }, { name: "docs", folder: "apps/docs" }, { name: "@s/web", folder: "apps/site" }, { name: "ui", folder: "packages/ui" }, { name: "ui-kit", folder: "packages/ui-kit" },
  { name: "@s/ui", folder: "packages/s-ui" }, { name: "@t/ui", folder: "packages/t-ui" }, { name: "@s/core", folder: "packages/group/core" }, { name: "@s/core-test", folder: "packages/ui/test" }, { name: "@t/tools", folder: "packages/group/tools" },
];
const PATTERNS = ["apps/*", "packages/*", "packages/group/*", "packages/ui/test"];
/** Peers are none of them: pnpm follows these in a filter, turbo does not. */
const KINDS = ["dependencies", "devDependencies", "optionalDependencies"] as const;
const FOLDERS = ["apps", "packages", "packages/ui", "packages/group", "apps/web", "apps/*", "packages/*", "packages/**", "packages/group/*", "packages/t*"] as const;
const NAMES = ["web", "ui", "ui-kit", "core", "tools", "@s/ui", "@s/core", "@s/*", "ui*", "*ui", "*-*", "core*", "@*/ui", "*", "@s/core-test"] as const;
const SINCE = ["main", "HEAD", "HEAD~1", "first", "first...HEAD", "HEAD~1...HEAD", "main...HEAD"] as const;
const AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];

function write(folder: string, name: string, content: string | object): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`);
}

/** "link:" is none: of that pnpm makes an order, but does not follow it in a filter. */
function spec(random: Random, from: Member, to: Member): string {
  return random.pick(["workspace:*", "workspace:^", "^1.0.0", "1.x", "*", "^9.0.0", `file:${relative(from.folder, to.folder)}`]);
}

/** What is there, sorted as it may depend on one another: later ones on earlier ones. */
export function makeWorkspace(random: Random, folder: string): readonly Member[] {
  const members = PLACES.filter(() => random.chance(75));
  rmSync(folder, { recursive: true, force: true });
  write(folder, "package.json", { name: "root", private: true, packageManager: "pnpm@10.20.0", scripts: { build: "true" } });
  write(folder, "pnpm-workspace.yaml", `packages: ${JSON.stringify(PATTERNS)}\nlinkWorkspacePackages: true\n`);
  write(folder, "turbo.json", { tasks: { build: {} } });
  for (const [index, member] of members.entries()) {
    const kinds = new Map<string, Record<string, string>>();
    for (const other of members.slice(0, index).filter(() => random.chance(35))) {
      const kind = random.pick(KINDS);
      kinds.set(kind, { ...kinds.get(kind), [other.name]: spec(random, member, other) });
    }
    write(folder, `${member.folder}/a.txt`, "");
    write(folder, `${member.folder}/package.json`, { name: member.name, version: "1.2.0", scripts: { build: "true" }, ...Object.fromEntries(kinds) });
  }
  makeHistory(random, folder, members);
  return members;
}

function makeHistory(random: Random, folder: string, members: readonly Member[]): void {
  const git = (...words: string[]): void => { execFileSync("git", [...AUTHOR, ...words], { cwd: folder, stdio: "ignore" }); };
  let edits = 0;
  const edit = (name: string): void => {
    const member = random.pickAny(members);
    if (member !== null) write(folder, `${member.folder}/${name}`, String(edits++));
  };
  const commit = (): void => {
    edit(random.pick(["a.txt", "src/b.txt"]));
    git("add", "-A");
    git("commit", "-qm", String(edits), "--allow-empty");
  };
  git("init", "-qb", "main");
  commit();
  git("tag", "first");
  commit();
  git("checkout", "-qb", "work");
  for (let left = random.below(3); left > 0; left--) commit();
  if (random.chance(50)) {
    git("checkout", "-q", "main");
    commit();
    git("checkout", "-q", "work");
  }
  // Of what git does not know pnpm says nothing.
  if (random.chance(40)) edit("a.txt");
}

function core(random: Random): string {
  const name = random.pick(NAMES);
  const folder = random.pick(FOLDERS);
  const since = random.pick(SINCE);
  return random.pick([name, name, name, `./${folder}`, `./${folder}`, "./packages/{ui,t-ui}", `{./${folder}}`, `{${folder}}`, `${name}{./${folder}}`, `[${since}]`, `[${since}]`, `${name}[${since}]`, `{./${folder}}[${since}]`, `${name}...[${since}]`]);
}

export function makeFilters(random: Random): readonly string[] {
  return random.times(1 + random.below(3), () => {
    const what = core(random);
    const [before, after] = [random.pick(["", "", "", "...", "...^"]), random.pick(["", "", "", "...", "^..."])];
    // Where a folder is meant without braces pnpm passes over all of that, and turbo over "^".
    return `${random.chance(20) ? "!" : ""}${what.startsWith(".") ? "" : before}${what}${what.startsWith(".") ? "" : after}`;
  });
}
