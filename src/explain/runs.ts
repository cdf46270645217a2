// Where traces are kept: in `.fathom/runs` of a project, one file a run. A folder
// that bears no mark of a project is left as it is: what lists it or packs it would
// find files of ours; its traces are beside the store.

import { digestOf } from "../base/digest.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import { absPath, byteOrder, join, nameOf, parentOf, toBuffer, type AbsPath } from "../base/path.ts";
import { ok, type Failure, type Result } from "../base/result.ts";
import { isSignature, mtimeNsOf, sizeBytesOf } from "../base/signature.ts";
import { ROOT_FILES } from "../workspace/config-files.ts";
import { ignoreState, stateFolder } from "../workspace/state-folder.ts";
import { decodeHead, decodeTrace } from "./decode.ts";
import { SALT_AT, SALT_BYTES } from "./encode.ts";
import type { RunHead, Trace } from "./trace.ts";

/** Kept of one workspace: what a person can still tell apart. */
export const RUNS_MAX = 20;
/** ... and their files together. Of 100,000 processes one takes about 4 MB. */
export const RUNS_BYTES_MAX = 32 * 1024 * 1024;
/** A trace is read whole. */
const TRACE_BYTES_MAX = 64 * 1024 * 1024;

const ID = /^\d{8}T\d{9}-\d{1,10}$/;
/** Below the store; no kind of record, so nobody looks for records there. */
const BESIDE_STORE = "run-traces";
const PLACE_DIGITS = 32;

const isConfigured = (disk: Pick<Disk, "isThere">, folder: AbsPath): boolean => ROOT_FILES.some((name) => disk.isThere(join(folder, name)));

const hasMark = (disk: Pick<Disk, "isThere">, folder: AbsPath): boolean =>
  disk.isThere(join(folder, ".git")) || disk.isThere(stateFolder(folder)) || isConfigured(disk, folder);

/** As the supervisor finds it (find_workspace in native/supervisor/roots.c). */
export function workspaceOf(cwd: AbsPath, home: string, disk: Pick<Disk, "isThere">): AbsPath {
  let [state, configured]: (AbsPath | null)[] = [null, null];
  for (let at = cwd; at !== "/"; at = parentOf(at)) {
    if (at === home && at !== cwd) break;
    if (disk.isThere(join(at, ".git"))) return at;
    if (state === null && disk.isThere(stateFolder(at))) state = at;
    if (isConfigured(disk, at)) configured = at;
  }
  return state ?? configured ?? cwd;
}

export function runsFolder(workspace: AbsPath, store: AbsPath, disk: Pick<Disk, "isThere">): AbsPath {
  if (workspace !== "/" && hasMark(disk, workspace)) return join(stateFolder(workspace), "runs");
  return absPath(`${store}/${BESIDE_STORE}/${digestOf(toBuffer(`fathom place 1\0${workspace}`)).slice(0, PLACE_DIGITS)}`);
}

/** "20261126T050312123-4711": in the order of time, and of two at once each has its own. */
export function runId(startedNs: bigint, pid: number): string {
  const text = new Date(Number(startedNs / 1_000_000n)).toISOString();
  return `${text.replace(/[-:.Z]/g, "")}-${String(pid)}`;
}

/** The file of one run. */
const fileOf = (folder: AbsPath, id: string): AbsPath => join(folder, id);

/** Newest first. */
export const runIds = (folder: AbsPath, disk: Pick<Disk, "list">): readonly string[] =>
  [...namesIn(disk.list(folder) ?? "")].map(({ name }) => name).filter((name) => ID.test(name)).sort(byteOrder).reverse();

export function readRun(folder: AbsPath, id: string, disk: Disk): Result<Trace, Failure> {
  const bytes = bytesOf(folder, id, disk);
  return bytes.ok ? decodeTrace(bytes.value, id) : bytes;
}

function bytesOf(folder: AbsPath, id: string, disk: Disk): Result<Buffer, Failure> {
  const [found] = disk.signatures([fileOf(folder, id)]);
  const isTooLarge = isSignature(found) && sizeBytesOf(found) > TRACE_BYTES_MAX;
  return isTooLarge ? ok(Buffer.alloc(0)) : disk.readFile(fileOf(folder, id));
}

/** That of the run before, so that variables can be compared with it; a fresh one for the first. */
export function saltOf(folder: AbsPath, disk: Pick<Disk, "list" | "readPart">, fresh: () => Buffer): Buffer {
  const [latest] = runIds(folder, disk);
  const read = latest === undefined ? null : disk.readPart(fileOf(folder, latest), SALT_AT, SALT_BYTES);
  return read?.ok === true && read.value.length === SALT_BYTES ? read.value : fresh();
}

/** Makes the folder, with a note that git is to leave all of it alone. Before the run: afterwards nothing in the workspace changes any more. */
export function prepareRuns(folder: AbsPath, disk: Disk): Result<void, Failure> {
  const state = parentOf(folder);
  const isNew = disk.list(folder) === null;
  const made = isNew ? disk.ensureDirectory(folder) : ok(undefined);
  return made.ok && isNew && state.endsWith("/.fathom") ? ignoreState(disk, state) : made;
}

/** Nobody reads it under its first name; others' variables are nobody's business. */
export function writeRun(folder: AbsPath, id: string, bytes: Buffer, disk: Disk): Result<void, Failure> {
  const staged = join(folder, `.${id}`);
  const written = disk.createFile(staged, bytes, 0o600);
  const named = written.ok ? disk.rename(staged, fileOf(folder, id)) : written;
  if (!named.ok) disk.removeFile(staged);
  else prune(folder, disk);
  return named;
}

/** Folders that are no project, and of which traces are kept: temporary ones come and go. */
export const PLACES_MAX = 64;

/** Which was used longest ago goes first. */
function prunePlaces(above: AbsPath, disk: Disk): void {
  const places = [...namesIn(disk.list(above) ?? "")].map(({ name }) => join(above, name));
  if (places.length <= PLACES_MAX) return;
  const used = disk.signatures(places).map((found) => (isSignature(found) ? mtimeNsOf(found) : 0n));
  const oldest = places.map((place, index) => ({ place, usedNs: used[index] ?? 0n })).sort((a, b) => (a.usedNs < b.usedNs ? -1 : 1));
  for (const { place } of oldest.slice(0, places.length - PLACES_MAX)) {
    for (const { name } of namesIn(disk.list(place) ?? "")) disk.removeFile(join(place, name));
    disk.removeDirectory(place);
  }
}

function prune(folder: AbsPath, disk: Disk): void {
  if (nameOf(parentOf(folder)) === BESIDE_STORE) prunePlaces(parentOf(folder), disk);
  const ids = runIds(folder, disk);
  const sizes = disk.signatures(ids.map((id) => fileOf(folder, id))).map((found) => (isSignature(found) ? sizeBytesOf(found) : 0));
  let bytes = 0;
  for (const [index, id] of ids.entries()) {
    bytes += sizes[index] ?? 0;
    if (index > 0 && (index >= RUNS_MAX || bytes > RUNS_BYTES_MAX)) disk.removeFile(fileOf(folder, id));
  }
}

/** Reads a run when it is asked for, and each once. Newest first. What cannot be read is in `failures`. */
export class Runs {
  readonly folder: AbsPath;
  readonly #disk: Disk;
  readonly ids: readonly string[];
  readonly #read = new Map<string, Trace | null>();
  readonly #failures = new Map<string, Failure>();

  constructor(folder: AbsPath, disk: Disk) {
    this.folder = folder;
    this.#disk = disk;
    this.ids = runIds(folder, disk);
  }

  /** Of those that were asked for. */
  get failures(): readonly Failure[] {
    return [...this.#failures.values()];
  }

  /** Of later runs than that one: who asked for the newest is to know that it is none. */
  failuresAfter(id: string): readonly Failure[] {
    return [...this.#failures].filter(([each]) => each > id).map(([, failure]) => failure);
  }

  get(id: string): Trace | null {
    const known = this.#read.get(id);
    if (known !== undefined) return known;
    const read = readRun(this.folder, id, this.#disk);
    if (!read.ok) this.#failures.set(id, read.failure);
    const trace = read.ok ? read.value : null;
    this.#read.set(id, trace);
    return trace;
  }

  /** Of those before `id`, newest first; of all of them for null. The processes of a large run take longer than a list of runs should. */
  *heads(id: string | null): Generator<RunHead> {
    for (const each of this.ids) {
      if (id !== null && each >= id) continue;
      const bytes = bytesOf(this.folder, each, this.#disk);
      const head = bytes.ok ? decodeHead(bytes.value, each) : bytes;
      if (head.ok) yield head.value;
      else this.#failures.set(each, head.failure);
    }
  }

  /** Those before `id`, newest first; all of them for null. */
  *before(id: string | null): Generator<Trace> {
    for (const each of this.ids) {
      if (id !== null && each >= id) continue;
      const trace = this.get(each);
      if (trace !== null) yield trace;
    }
  }
}

export const isRunId = (text: string): boolean => ID.test(text);
