// Where traces are, how many are kept, and that nothing of ours is left where no project is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeDisk } from "../base/fake-disk.ts";
import { absPath } from "../base/path.ts";
import { SALT_BYTES, TraceEncoder } from "./encode.ts";
import { HEAD, SALT } from "./fake-trace.ts";
import { PLACES_MAX, prepareRuns, runId, runIds, Runs, RUNS_MAX, runsFolder, saltOf, workspaceOf, writeRun } from "./runs.ts";

const STORE = absPath("/h/.cache/fathom");
const FOLDER = absPath("/w/.fathom/runs");
const bytes = (): Buffer => new TraceEncoder().finish(HEAD);

test("a project has its traces below .fathom, and any other folder beside the store", () => {
  const disk = new FakeDisk({ "/w/.git/HEAD": "", "/w/sub/a.c": "", "/x/a.c": "" });
  assert.equal(runsFolder(absPath("/w"), STORE, disk), FOLDER);
  assert.match(runsFolder(absPath("/x"), STORE, disk), /^\/h\/\.cache\/fathom\/run-traces\/[0-9a-f]{32}$/);
  assert.notEqual(runsFolder(absPath("/x"), STORE, disk), runsFolder(absPath("/y"), STORE, disk));
});

test("the workspace is the nearest folder with a mark, and home only where one stands in it", () => {
  const disk = new FakeDisk({ "/h/.git/HEAD": "", "/h/w/fathom.json": "", "/h/w/sub/a.c": "", "/h/x/a.c": "" });
  assert.equal(workspaceOf(absPath("/h/w/sub"), "/h", disk), "/h/w");
  assert.equal(workspaceOf(absPath("/h/x"), "/h", disk), "/h/x");
  assert.equal(workspaceOf(absPath("/h"), "/h", disk), "/h");
});

test("the workspace is the supervisor's: git's folder first, then the nearest with a .fathom, then the farthest that is configured", () => {
  const disk = new FakeDisk({
    "/g/.git/HEAD": "", "/g/p/fathom.json": "", "/g/p/.fathom/order.json": "", "/g/p/a.c": "",
    "/f/.fathom/order.json": "", "/f/p/fathom.json": "", "/f/p/a.c": "", "/c/fathom.config.mjs": "", "/c/p/fathom.json": "", "/c/p/a.c": "",
  });
  assert.deepEqual(["/g/p", "/f/p", "/c/p"].map((cwd) => workspaceOf(absPath(cwd), "/h", disk)), ["/g", "/f", "/c"]);
});

test("git leaves our folder alone, and a note that is there already stays", () => {
  const disk = new FakeDisk({ "/w/.git/HEAD": "" });
  assert.equal(prepareRuns(FOLDER, disk).ok, true);
  assert.equal(disk.text("/w/.fathom/.gitignore"), "*\n");
  disk.write("/w/.fathom/.gitignore", "runs\n");
  assert.equal(prepareRuns(FOLDER, disk).ok, true);
  assert.equal(disk.text("/w/.fathom/.gitignore"), "runs\n");
});

test("the last runs are kept, the oldest goes first, and other files are left alone", () => {
  const disk = new FakeDisk({ "/w/.fathom/runs/notes": "" });
  const ids = Array.from({ length: RUNS_MAX + 3 }, (_, at) => runId(BigInt(at) * 1_000_000_000n, 7));
  for (const id of ids) assert.equal(writeRun(FOLDER, id, bytes(), disk).ok, true);
  assert.deepEqual(runIds(FOLDER, disk), ids.slice(3).reverse());
  assert.notEqual(disk.text("/w/.fathom/runs/notes"), null);
});

test("of folders that are no project the last used are kept", () => {
  const disk = new FakeDisk();
  const folders = Array.from({ length: PLACES_MAX + 2 }, (_, at) => runsFolder(absPath(`/x${String(at)}`), STORE, disk));
  for (const folder of folders) {
    disk.clock.advance(1_000_000_000n);
    prepareRuns(folder, disk);
    writeRun(folder, runId(5n, 1), bytes(), disk);
  }
  assert.deepEqual(folders.map((folder) => runIds(folder, disk).length), folders.map((_, at) => (at < 2 ? 0 : 1)));
});

test("the salt of the run before is taken over, so that variables can be compared", () => {
  const disk = new FakeDisk({ "/w/.git/HEAD": "" });
  const fresh = Buffer.alloc(SALT_BYTES, 9);
  assert.deepEqual(saltOf(FOLDER, disk, () => fresh), fresh);
  prepareRuns(FOLDER, disk);
  writeRun(FOLDER, runId(5n, 1), bytes(), disk);
  assert.equal(saltOf(FOLDER, disk, () => fresh).toString("hex"), SALT);
});

test("a trace that cannot be read is named, and hides no other", () => {
  const disk = new FakeDisk({ "/w/.git/HEAD": "" });
  const [first, second] = [runId(5_000_000_000n, 1), runId(6_000_000_000n, 1)];
  prepareRuns(FOLDER, disk);
  writeRun(FOLDER, first, bytes(), disk);
  writeRun(FOLDER, second, Buffer.from("not a trace"), disk);
  const runs = new Runs(FOLDER, disk);
  assert.deepEqual([...runs.before(null)].map(({ id }) => id), [first]);
  assert.deepEqual(runs.failures.map(({ code }) => code), ["trace-damaged"]);
  assert.deepEqual([...runs.before(first)], []);
});
