// The claims of bin/fathom, the few lines of sh that every build waits for.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");

/** A package whose parts say who they are. */
function withPackage(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "fathom-bin-"));
  try {
    for (const name of ["bin", "prebuilds/linux-x64", "dist/bundle", "fake"]) mkdirSync(join(folder, name), { recursive: true });
    copyFileSync(join(root, "bin/fathom"), join(folder, "bin/fathom"));
    program(join(folder, "fake/node"), 'echo "node $@"');
    body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function program(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

test("the native program is started with the arguments as they are, through links", () => {
  withPackage((folder) => {
    program(join(folder, "prebuilds/linux-x64/fathom"), 'for each; do printf "<%s>" "$each"; done; exit 9');
    symlinkSync("bin/fathom", join(folder, "relative"));
    symlinkSync(join(folder, "relative"), join(folder, "fake/absolute"));
    for (const start of ["bin/fathom", "relative", "fake/absolute"]) {
      const run = spawnSync(join(folder, start), ["--", "echo", "a b", ""], { encoding: "utf8" });
      assert.deepEqual([run.stdout, run.status], ["<--><echo><a b><>", 9], start);
    }
  });
});

test("without a native program Node is started", () => {
  withPackage((folder) => {
    const run = spawnSync(join(folder, "bin/fathom"), ["doctor"], { encoding: "utf8", env: { PATH: `${join(folder, "fake")}:/usr/bin:/bin` } });
    assert.equal(run.stdout, `node ${folder}/bin/../dist/bundle/cli.js doctor\n`);
  });
});

test("without Node one sentence says so, with the exit code of a missing program", () => {
  withPackage((folder) => {
    const run = spawnSync("/bin/sh", [join(folder, "bin/fathom"), "doctor"], { encoding: "utf8", env: { PATH: join(folder, "bin") } });
    assert.equal(run.stderr, 'fathom: cannot start: no program named "node" was found on PATH; install Node.js 20.19 or later\n');
    assert.equal(run.status, 127);
  });
});
