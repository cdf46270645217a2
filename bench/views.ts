// What a private copy of a workspace costs: views beside what else makes one. All in
// one run, round after round, in a tree of files that git tracks and of ones that it
// ignores. A table to stdout.
// Usage: npm run bench:views -- [--rounds N] [--files 40000] [--work folder]

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../scripts/bundle.ts";
import { run } from "./shell.ts";
import { median } from "./table.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" }, files: { type: "string", default: "40000" }, work: { type: "string", default: join(tmpdir(), "fathom-bench-views") } } });
const PER_FOLDER = 50;

const tree = join(values.work, "tree");
const env = { ...process.env, FATHOM_STORE: join(values.work, "store"), TMPDIR: join(values.work, "tmp") };
const fathom = join(root, "bin/fathom");

function furnish(): void {
  if (existsSync(join(tree, ".git/index"))) return;
  rmSync(values.work, { recursive: true, force: true });
  for (let which = 0; which < Number(values.files) / PER_FOLDER; which++) {
    const folder = join(tree, which % 2 === 0 ? "src" : "node_modules", `d${String(which)}`);
    mkdirSync(folder, { recursive: true });
    for (let file = 0; file < PER_FOLDER; file++) writeFileSync(join(folder, `f${String(file)}`), `${String(which)} ${String(file)}\n`.repeat(20));
  }
  writeFileSync(join(tree, ".gitignore"), "node_modules\n");
  run(["sh", "-ec", "git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm all"], tree, process.env);
}

interface Way {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Between rounds. */
  readonly undo: readonly [string, ...string[]];
  readonly has: string;
}

const away = ["rm", "-rf", "../copy"] as const;
const nothing = ["true"] as const;
const WAYS: readonly Way[] = [
  { name: "fathom, nothing to do", command: [fathom, "--version"], undo: nothing, has: "-" },
  { name: "fathom try -- true", command: [fathom, "try", "--discard", "--", "true"], undo: nothing, has: "all, at the same path" },
  { name: "fathom try --lazy-outputs -- true", command: [fathom, "try", "--lazy-outputs", "--discard", "--", "true"], undo: nothing, has: "all, at the same path; replayed outputs without their bytes" },
  { name: "fathom try --deterministic -- true", command: [fathom, "try", "--deterministic", "--discard", "--", "true"], undo: nothing, has: "all, at the same path, by leading calls" },
  { name: "fathom view new", command: [fathom, "view", "new", "v"], undo: [fathom, "view", "discard", "v"], has: "all, at the same path, as it was" },
  { name: "fathom view new, enter", command: ["sh", "-ec", '"$0" view new v && "$0" view enter v -- true', fathom], undo: [fathom, "view", "discard", "v"], has: "all, at the same path, as it was" },
  { name: "try -n true", command: ["try", "-n", "true"], undo: ["sh", "-c", 'rm -rf "$TMPDIR"/*.try-*'], has: "the whole machine, at the same path, what it is" },
  { name: "fuse-overlayfs", command: ["sh", "-ec", "mkdir -p ../copy/u ../copy/w ../copy/m && fuse-overlayfs -o lowerdir=.,upperdir=../copy/u,workdir=../copy/w ../copy/m && ls ../copy/m >/dev/null"], undo: ["sh", "-c", "umount ../copy/m; rm -rf ../copy"], has: "all, at another path, what the tree is" },
  { name: "bwrap --overlay", command: ["bwrap", "--bind", "/", "/", "--overlay-src", ".", "--tmp-overlay", tree, "true"], undo: nothing, has: "all, at the same path, what the tree is" },
  { name: "git worktree", command: ["git", "worktree", "add", "-q", "--detach", "../copy"], undo: ["sh", "-c", "rm -rf ../copy; git worktree prune"], has: "what is committed, at another path" },
  { name: "cp -a", command: ["cp", "-a", ".", "../copy"], undo: away, has: "all, at another path, as it was" },
  { name: "cp -a --reflink=always", command: ["cp", "-a", "--reflink=always", ".", "../copy"], undo: away, has: "all, at another path, as it was" },
];

furnish();
mkdirSync(env.TMPDIR, { recursive: true });
const samples = new Map<string, number[]>(WAYS.map(({ name }) => [name, []]));
const refused = new Map<string, string>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const { name, command: [program, ...args], undo } of WAYS) {
    if (refused.has(name)) continue;
    const startedNs = process.hrtime.bigint();
    const child = spawnSync(program, args, { cwd: tree, env, encoding: "utf8" });
    const ms = Number(process.hrtime.bigint() - startedNs) / 1e6;
    if (child.status === 0) samples.get(name)?.push(ms);
    else refused.set(name, child.error !== undefined && "code" in child.error && child.error.code === "ENOENT" ? "not installed" : (child.stderr.trim().split("\n")[0] ?? ""));
    spawnSync(undo[0], undo.slice(1), { cwd: tree, env });
  }
}
const plain = median(samples.get("git worktree") ?? []);
process.stdout.write("| way | median ms | of git worktree | what is in it |\n|---|---|---|---|\n");
for (const { name, has } of WAYS) {
  const ms = median(samples.get(name) ?? []);
  process.stdout.write(`| ${name} | ${refused.has(name) ? `refused here: ${refused.get(name) ?? ""}` : ms.toFixed(0)} | ${refused.has(name) ? "" : (ms / plain).toFixed(3)} | ${has} |\n`);
}
