// One package.json, read once: what is used of it, each part checked. What other
// tools put there is theirs and is not looked at. A file that cannot be understood
// is a failure that says where.

import type { Disk } from "../base/disk.ts";
import { absPath, fromText, join, parentOf, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import { isObject, parseJson, type Json, type JsonObject, type JsonPath, placeText } from "./json.ts";
import { placeInJson } from "./json-place.ts";

export const DEPENDENCY_KINDS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const;
export type DependencyKind = (typeof DEPENDENCY_KINDS)[number];

export interface Dependency {
  readonly kind: DependencyKind;
  /** As it is imported; not always the name of what is installed. */
  readonly name: string;
  /** "^1.0.0", "workspace:*", "file:../a", "npm:b@1" ... */
  readonly spec: string;
}

export interface Manifest {
  readonly path: AbsPath;
  /** The folder it is in. */
  readonly folder: AbsPath;
  readonly name: string | null;
  readonly version: string | null;
  readonly scripts: ReadonlyMap<string, string>;
  readonly dependencies: readonly Dependency[];
  /** Patterns of member folders; null where it says nothing of members. */
  readonly workspaces: readonly string[] | null;
  /** "pnpm@9.1.0" */
  readonly packageManager: string | null;
  /** All of it, for those who read a part of their own (turbo.json's "extends", wireit). */
  readonly json: Json;
}

export const MANIFEST = "package.json";

/** The file, for who has to say where something in it is wrong. */
interface Source {
  readonly path: AbsPath;
  readonly text: string;
}

function wrong({ path, text }: Source, what: JsonPath, expected: string): Result<never, Failure> {
  const place = placeInJson(text, what, false);
  const where = place === null ? "" : `${placeText(place)}: `;
  return fail({ code: "package-json-invalid", message: `Cannot use "${toText(path)}": ${where}"${what.join(".")}" must be ${expected}` });
}

function strings(source: Source, json: JsonObject, key: string): Result<ReadonlyMap<string, string>, Failure> {
  const value = json[key];
  if (value === undefined) return ok(new Map());
  if (!isObject(value)) return wrong(source, [key], "an object of strings");
  const found = new Map<string, string>();
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string") return wrong(source, [key, name], "a string");
    found.set(name, text);
  }
  return ok(found);
}

/** An array, or yarn's object with one in it. */
function workspacesIn(source: Source, json: JsonObject): Result<readonly string[] | null, Failure> {
  const value = json["workspaces"];
  const list = isObject(value) ? value["packages"] : value;
  if (list === undefined) return ok(null);
  if (!Array.isArray(list) || !list.every((item) => typeof item === "string")) return wrong(source, ["workspaces"], "a list of patterns");
  return ok(list);
}

const textOr = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);

export function manifestFrom(path: AbsPath, text: string): Result<Manifest, Failure> {
  const parsed = parseJson(text);
  if (!parsed.ok) return fail({ code: "package-json-invalid", message: `Cannot read "${toText(path)}": ${parsed.failure}` });
  const json = parsed.value;
  if (!isObject(json)) return fail({ code: "package-json-invalid", message: `Cannot use "${toText(path)}": it must be an object` });
  const source = { path, text };
  const scripts = strings(source, json, "scripts");
  if (!scripts.ok) return scripts;
  const workspaces = workspacesIn(source, json);
  if (!workspaces.ok) return workspaces;
  const dependencies: Dependency[] = [];
  for (const kind of DEPENDENCY_KINDS) {
    const found = strings(source, json, kind);
    if (!found.ok) return found;
    for (const [name, spec] of found.value) dependencies.push({ kind, name, spec });
  }
  const folder = parentOf(path);
  return ok({
    path, folder, dependencies, json,
    name: textOr(json["name"]), version: textOr(json["version"]), packageManager: textOr(json["packageManager"]),
    scripts: scripts.value, workspaces: workspaces.value,
  });
}

/** Null: there is none in this folder. */
export function readManifest(disk: Disk, folder: AbsPath): Result<Manifest | null, Failure> {
  const path = join(folder, MANIFEST);
  const text = textAt(disk, path);
  return !text.ok || text.value === null ? (text.ok ? ok(null) : text) : manifestFrom(path, text.value);
}

/** Null: there is no such file. */
export function textAt(disk: Disk, path: AbsPath): Result<string | null, Failure> {
  const bytes = disk.readFile(path);
  if (bytes.ok) return ok(bytes.value.toString("utf8"));
  const { code } = bytes.failure;
  return code === "enoent" || code === "enotdir" ? ok(null) : bytes;
}

/** How a person names a folder: below the workspace, or where it is. */
export const shown = (folder: AbsPath, root: AbsPath): string =>
  folder === root ? "." : folder.startsWith(`${root}/`) ? toText(folder.slice(root.length + 1)) : toText(folder);

/** A path in a text of somebody's configuration, below a folder. Null: it leads out of what a path can be. */
export function below(folder: AbsPath, text: string): AbsPath | null {
  const parts: string[] = folder === "/" ? [] : folder.slice(1).split("/");
  for (const part of fromText(text).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else if (part.includes("\0")) return null;
    else parts.push(part);
  }
  return absPath(`/${parts.join("/")}`);
}
