// What one commit does, step by step, as it is written down before the first step
// is taken: whoever finds it after a crash can tell of each step whether it was
// taken, and go on or go back. It lies in the workspace, so it is as untrusted as
// that: a path that leads out of it makes the whole plan none.

import { isAbsPath } from "../base/path.ts";
import { modeOf, mtimeNsOf, identityOf, sizeBytesOf, typeOf, type Signature } from "../base/signature.ts";
import { parse } from "./view.ts";

/** What tells one file from another that came to its place: inode, size, time and mode; of a directory, which may be written to, inode and type. */
export type Mark = string & { readonly brand: "Mark" };

export type Step =
  /** What is in the slot and what is at the path change places. */
  | { readonly kind: "replace"; readonly path: string; readonly slot: number; readonly before: Mark; readonly after: Mark }
  /** From the slot to the path, where nothing is. */
  | { readonly kind: "create"; readonly path: string; readonly slot: number; readonly after: Mark }
  /** From the path to the slot. */
  | { readonly kind: "remove"; readonly path: string; readonly slot: number; readonly before: Mark }
  /** Permissions of a directory. */
  | { readonly kind: "mode"; readonly path: string; readonly before: number; readonly after: number }
  /** Modification time of a file. */
  | { readonly kind: "time"; readonly path: string; readonly before: string; readonly after: string };

export interface Plan {
  readonly view: string;
  /** Nothing of the view is left over: its changes are taken out of it when the steps are done. */
  readonly isWhole: boolean;
  readonly atNs: bigint;
  readonly steps: readonly Step[];
}

const INO_AT = 8;

/** The device is left out: its number may be another one after a restart. */
export function markOf(signature: Signature): Mark {
  const ino = Buffer.from(identityOf(signature).slice(INO_AT), "latin1").readBigUInt64LE();
  if (typeOf(signature) === "directory") return `${String(ino)} directory` as Mark;
  return `${String(ino)} ${String(sizeBytesOf(signature))} ${String(mtimeNsOf(signature))} ${modeOf(signature).toString(8)}` as Mark;
}

export function encodePlan({ view, isWhole, atNs, steps }: Plan): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, view, isWhole, atNs: String(atNs), steps }), "utf8");
}

/** Null: not what this version writes, or something that must not be done. */
export function decodePlan(bytes: Buffer): Plan | null {
  const parsed = parse(bytes);
  if (typeof parsed !== "object" || parsed === null || !("version" in parsed) || parsed.version !== 1) return null;
  const { view, isWhole, atNs, steps } = { view: null, isWhole: null, atNs: null, steps: null, ...parsed };
  const list: readonly unknown[] = Array.isArray(steps) ? steps : [null];
  if (typeof view !== "string" || typeof isWhole !== "boolean" || typeof atNs !== "string" || !/^\d{1,19}$/.test(atNs) || !list.every(isStep)) return null;
  return { view, isWhole, atNs: BigInt(atNs), steps: list };
}

/** Relative, clean, and nothing of ours. */
const isTarget = (path: unknown): boolean => typeof path === "string" && path !== "" && isAbsPath(`/${path}`) && path !== ".fathom" && !path.startsWith(".fathom/");
const isCount = (value: unknown): boolean => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isPermissions = (value: unknown): boolean => isCount(value) && (value as number) <= 0o7777; // isCount tells that it is a number.
const isTime = (value: unknown): boolean => typeof value === "string" && /^-?\d{1,19}$/.test(value);
const isMark = (value: unknown): boolean => typeof value === "string";

function isStep(value: unknown): value is Step {
  if (typeof value !== "object" || value === null) return false;
  const step = new Map<string, unknown>(Object.entries(value));
  const has = (name: string, check: (value: unknown) => boolean): boolean => check(step.get(name));
  if (!has("path", isTarget)) return false;
  switch (step.get("kind")) {
    case "replace": return has("slot", isCount) && has("before", isMark) && has("after", isMark);
    case "create": return has("slot", isCount) && has("after", isMark);
    case "remove": return has("slot", isCount) && has("before", isMark);
    case "mode": return has("before", isPermissions) && has("after", isPermissions);
    case "time": return has("before", isTime) && has("after", isTime);
    default: return false;
  }
}
