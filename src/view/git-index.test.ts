// Git's own list, as the git of this machine writes it: what is believed of it, and what is left to git.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { realClock } from "../base/clock.ts";
import { absPath, toBuffer } from "../base/path.ts";
import { realDisk } from "../base/real-disk.ts";
import { makeScratch, removeTree } from "../base/scratch.ts";
import { isSignature, type Signature } from "../base/signature.ts";
import { readIndex, type IndexEntry } from "./git-index.ts";

const disk = realDisk(realClock);

interface Repository {
  readonly git: (...args: readonly string[]) => string;
  readonly write: (path: string, text: string) => void;
  readonly state: (path: string) => Signature;
  readonly entries: () => readonly IndexEntry[] | null;
  /** Paths of which git is believed to have the content. */
  readonly held: () => readonly string[] | undefined;
}

function withRepository(act: (repository: Repository) => void): void {
  const folder = makeScratch("fathom-index");
  const git = (...args: readonly string[]): string => execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { encoding: "utf8" });
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const state = (path: string): Signature => {
    const [found] = disk.signatures([absPath(join(folder, path))]);
    assert.ok(isSignature(found));
    return found;
  };
  const entries = (): readonly IndexEntry[] | null => readIndex(readFileSync(join(folder, ".git/index")), state(".git/index"));
  try {
    git("init", "-q");
    for (const [path, text] of [["a", "a"], ["d/long-name", "long"], ["d/e/f", "f"], ["z", "z"]] as const) write(path, text);
    settle(join(folder, "a"), state);
    git("add", ".");
    act({ git, write, state, entries, held: () => entries()?.filter((entry) => entry.isOf(toBuffer(state(entry.path)), 0)).map(({ path }) => path) });
  } finally {
    removeTree(folder);
  }
}

/** Until the file system's clock has moved on: git's list is then younger than all it lists. */
function settle(file: string, state: (path: string) => Signature): void {
  const probe = `${file}.probe`;
  do writeFileSync(probe, ""); while (state("a.probe").slice(24, 40) === state("z").slice(24, 40));
  removeTree(probe);
}

test("a file that is as git wrote it down is held, under the object that git names", () => {
  withRepository(({ git, entries, held }) => {
    assert.deepEqual(held(), ["a", "d/e/f", "d/long-name", "z"]);
    const named = (entries() ?? []).map(({ path, object }) => `${object} ${path}`);
    assert.deepEqual(named, git("ls-files", "-s").trim().split("\n").map((line) => line.replace(/^\d+ ([0-9a-f]+) 0\t/, "$1 ")));
  });
});

test("a file that has another size, time or inode is not held", () => {
  withRepository(({ write, held, git }) => {
    write("a", "other");
    assert.deepEqual(held(), ["d/e/f", "d/long-name", "z"]);
    const root = git("rev-parse", "--show-toplevel").trim();
    utimesSync(join(root, "z"), 1, 1);
    assert.deepEqual(held(), ["d/e/f", "d/long-name"]);
  });
});

test("a file that is as young as git's list is not held: it may have been written once more", () => {
  withRepository(({ entries, state, git }) => {
    const [first] = entries() ?? [];
    assert.ok(first !== undefined);
    assert.ok(first.isOf(toBuffer(state(first.path)), 0));
    const index = join(git("rev-parse", "--show-toplevel").trim(), ".git/index");
    const [old] = readIndex(readFileSync(index), state(first.path)) ?? [];
    assert.equal(old?.isOf(toBuffer(state(first.path)), 0), false);
  });
});

test("git is not believed about what it was told not to look at, what it will get, and what is not merged", () => {
  withRepository(({ git, write, held }) => {
    git("update-index", "--assume-unchanged", "a");
    git("update-index", "--skip-worktree", "z");
    write("new", "new");
    git("add", "-N", "new");
    assert.deepEqual(held(), ["d/e/f", "d/long-name"]);
  });
});

test("a list in another form is left to git: a later version, one in parts, one that is cut short", () => {
  withRepository(({ git, entries, state }) => {
    const index = readFileSync(join(git("rev-parse", "--show-toplevel").trim(), ".git/index"));
    for (const length of [0, 11, 40, 100, index.length - 21, index.length - 1]) assert.equal(readIndex(index.subarray(0, length), state("a")), null, String(length));
    git("update-index", "--index-version", "4");
    assert.equal(entries(), null, "version 4");
    git("update-index", "--index-version", "2");
    git("update-index", "--split-index");
    assert.equal(entries(), null, "in parts");
  });
});
