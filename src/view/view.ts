// What a view is on disk: a folder outside the workspace, since an overlay cannot
// write into what it lies over. All tiers use it alike, so a view that was made by
// one is committed by another.
//
//   view.json   what it is a view of (untrusted, as everything on a disk)
//   begun       its modification time: what changed in the workspace since then is not what the view saw
//   was, kept/  names and states of the workspace when the view began, and what has changed there since, as it was
//   hidden/     whiteouts of what is kept from the view
//   laid, fetched/  outputs of the cache that have their bytes when they are opened, and the bytes of those that were
//   upper/      what was changed, as an overlay keeps it: files, whiteouts, opaque directories
//   work/       the overlay's own
//   base.json, base/   what changed files were before, as far as it had to be read
//   seen/       what commands in it looked at
//   lock        held while somebody is in it

import { digestOf } from "../base/digest.ts";
import { namesIn, type Disk } from "../base/disk.ts";
import { absPath, byteOrder, fromText, isAbsPath, isWithin, join, toBuffer, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { ctimeNsOf, mtimeNsOf, type Signature } from "../base/signature.ts";

/** Below the store, beside its records. */
const BESIDE_STORE = "views";
const PLACE_DIGITS = 32;
/** A name is shown, typed, and part of a path. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const RECORD_BYTES_MAX = 64 * 1024;

/** root: mounted by root; user: in a namespace of users; redirect: without a mount, system calls are led there; copy: at another path. */
export const TIERS = ["root", "user", "redirect", "copy"] as const;
export type Tier = (typeof TIERS)[number];

export interface View {
  readonly name: string;
  readonly folder: AbsPath;
  readonly workspace: AbsPath;
  readonly createdNs: bigint;
  readonly tier: Tier;
  /** It stands on the workspace as it was when it began; else on what that is whenever somebody looks. */
  readonly isPinned: boolean;
  /** Patterns of what is not there in it. */
  readonly hides: readonly string[];
  /** What is replayed in it has its bytes when somebody opens it. */
  readonly isLazy: boolean;
  /** Seconds since 1970: the one time that everything in it has, which is then numbered and listed by its names. Null: all is as it is. */
  readonly fixedTimeS: number | null;
}

export const upperOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "upper");
/** The two lie over the workspace and under `upper`: what the workspace was (base.ts), and above that what is hidden (hide.ts). */
export const keptOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "kept");
export const hiddenOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "hidden");
export const workOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "work");
export const lockOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "lock");
export const seenOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "seen");
const begunOf = ({ folder }: Pick<View, "folder">): AbsPath => join(folder, "begun");

/** Where the views of a workspace are. */
export function viewsFolder(workspace: AbsPath, store: AbsPath): Result<AbsPath, Failure> {
  if (!isWithin(store, workspace)) return ok(absPath(`${store}/${BESIDE_STORE}/${digestOf(toBuffer(`fathom place 1\0${workspace}`)).slice(0, PLACE_DIGITS)}`));
  return fail({ code: "view-no-place", message: `Cannot make a view of "${toText(workspace)}": the store is in it, and changes cannot be kept in what they are changes of`,
    advice: "Set FATHOM_STORE to a folder outside of it, best on the same file system" });
}

export function viewNamed(views: AbsPath, name: string): Result<AbsPath, Failure> {
  if (NAME.test(name)) return ok(join(views, name));
  return fail({ code: "view-name-invalid", message: `Cannot name a view "${name}": letters, digits, ".", "_" and "-" are possible, 64 at most`, advice: "For instance: fathom view new fix-login" });
}

/** As text that a person can read; paths are bytes. */
export function writeView(disk: Disk, { name, folder, workspace, createdNs, tier, isPinned, hides, isLazy, fixedTimeS }: View): Result<void, Failure> {
  const text = JSON.stringify({ version: 1, name, workspace: toText(workspace), workspaceBytes: workspace, createdNs: String(createdNs), tier, isPinned, hides, isLazy, fixedTimeS });
  return disk.writeFile(join(folder, "view.json"), Buffer.from(`${text}\n`, "utf8"), 0o600);
}

const damaged = (folder: AbsPath, found: string): { readonly ok: false; readonly failure: Failure } =>
  fail({ code: "view-damaged", message: `Cannot read the view in "${toText(folder)}": ${found}`, advice: "What was changed in it is in the folder \"upper\" there; \"fathom view discard\" removes it" });

export function readView(disk: Disk, folder: AbsPath, name: string): Result<View, Failure> {
  const read = disk.readPart(join(folder, "view.json"), 0, RECORD_BYTES_MAX);
  if (!read.ok) return damaged(folder, "its record is missing");
  const parsed = parse(read.value);
  if (typeof parsed !== "object" || parsed === null || !("version" in parsed) || parsed.version !== 1) return damaged(folder, "its record is none of this version");
  const { workspaceBytes, createdNs, tier, isPinned, hides, isLazy, fixedTimeS } = { workspaceBytes: "", createdNs: "", tier: "", isPinned: false, hides: [] as unknown, isLazy: false, fixedTimeS: null as unknown, ...parsed };
  const known = TIERS.find((each) => each === tier);
  if (typeof workspaceBytes !== "string" || !isAbsPath(workspaceBytes) || typeof createdNs !== "string" || !/^\d{1,19}$/.test(createdNs) || known === undefined || typeof isPinned !== "boolean" || typeof isLazy !== "boolean" || !isFixedTime(fixedTimeS) || !areTexts(hides)) return damaged(folder, "its record is not what this version writes");
  return ok({ name, folder, workspace: workspaceBytes, createdNs: BigInt(createdNs), tier: known, isPinned, hides, isLazy, fixedTimeS });
}

const isFixedTime = (value: unknown): value is number | null => value === null || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0);
const areTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((text) => typeof text === "string");

export function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    return null; // Not JSON: not ours.
  }
}

/** Sorted by name. */
export const viewNames = (disk: Pick<Disk, "list">, views: AbsPath): readonly string[] =>
  [...namesIn(disk.list(views) ?? "")].filter(({ type, name }) => type === "directory" && NAME.test(name)).map(({ name }) => name).sort(byteOrder);

/** So often a file is written before its time is later than another one's: a tick of that clock is 10 ms at most. */
const TRIES_MAX = 10_000;

/**
 * From now on what changes in the workspace is not what the view saw. By the clock of the file system, which every file has its times from. It moves on in ticks, and
 * what changed in this one (we may have made our own folder there) would be taken for a later change: so it begins with the next.
 */
export function begin(disk: Disk, view: Pick<View, "folder" | "workspace">): Result<void, Failure> {
  const staged = join(view.folder, "begun.new");
  for (let tries = 1; ; tries++) {
    const written = disk.writeFile(staged, Buffer.alloc(0), 0o600);
    if (!written.ok) return written;
    const [root, begun] = disk.signatures([view.workspace, staged]);
    if (tries === TRIES_MAX || !isKnown(root) || !isKnown(begun) || ctimeNsOf(root) < mtimeNsOf(begun)) return disk.rename(staged, begunOf(view));
  }
}

const isKnown = (signature: Signature | null | "error" | undefined): signature is Signature => signature !== null && signature !== "error" && signature !== undefined;

/** Null: not known, so nothing may be thought unchanged. */
export function begunNs(disk: Disk, view: Pick<View, "folder">): bigint | null {
  const [found] = disk.signatures([begunOf(view)]);
  return found === undefined || found === null || found === "error" ? null : mtimeNsOf(found);
}

/** For a path that a person typed, from where he stands; null: it is not below the workspace. */
export function relativePath(workspace: AbsPath, path: string): string | null {
  return path === workspace ? "" : isWithin(path, workspace) ? path.slice(workspace.length + 1) : null;
}

export const pathText = (relative: string): string => toText(relative);
export const pathFrom = (text: string): string => fromText(text);
