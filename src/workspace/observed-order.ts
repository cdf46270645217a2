// The order between tasks that earlier runs saw: one read what another wrote.
// Nobody has to write it down, so it is kept in the workspace, for this checkout.

import type { Disk } from "../base/disk.ts";
import { absPath, fromText, isAbsPath, join, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { TaskId } from "./graph.ts";
import { isObject, parseJsonWithComments, type Json } from "./json.ts";
import { textAt } from "./manifest.ts";
import { stateFolder } from "./state-folder.ts";

/** `after` read `path`, which `before` wrote. */
export interface ObservedEdge {
  readonly before: TaskId;
  readonly after: TaskId;
  readonly path: AbsPath;
}

/** In .fathom/ at the workspace's root. */
export const ORDER_FILE = "order.json";
const VERSION = 1;

const fileOf = (root: AbsPath): AbsPath => join(stateFolder(root), ORDER_FILE);

function edgeOf(root: AbsPath, value: Json): ObservedEdge | null {
  if (!isObject(value)) return null;
  const { before, after, path } = value;
  if (typeof before !== "string" || typeof after !== "string" || typeof path !== "string") return null;
  const whole = `${root}/${fromText(path)}`;
  return isAbsPath(whole) ? { before: before as TaskId, after: after as TaskId, path: absPath(whole) } : null;
}

/** None where there is no such file. Failure: "order-invalid"; who goes on without it learns the order anew. */
export function readOrder(disk: Disk, root: AbsPath): Result<readonly ObservedEdge[], Failure> {
  const text = textAt(disk, fileOf(root));
  if (!text.ok || text.value === null) return text.ok ? ok([]) : text;
  const parsed = parseJsonWithComments(text.value);
  const edges = parsed.ok && isObject(parsed.value) && parsed.value["version"] === VERSION ? parsed.value["edges"] : undefined;
  const found = Array.isArray(edges) ? edges.map((each: Json) => edgeOf(root, each)) : [null];
  const sound = found.filter((edge) => edge !== null);
  if (sound.length === found.length) return ok(sound);
  return fail({ code: "order-invalid", message: `Cannot use "${toText(fileOf(root))}": it does not say which task comes before which`, advice: "It is written anew at the end of this run" });
}

/** What is to be in the file. */
export function encodeOrder(root: AbsPath, edges: readonly ObservedEdge[]): string {
  const value = { version: VERSION, edges: edges.map(({ before, after, path }) => ({ before, after, path: toText(path.slice(root.length + 1)) })) };
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** What is known after a run. `seen`: of which tasks it is known now what they read and wrote; what was known between two of them before, and was not seen again, is not so any more. */
export function merged(known: readonly ObservedEdge[], found: readonly ObservedEdge[], seen: ReadonlySet<TaskId>): readonly ObservedEdge[] {
  const pair = ({ before, after }: ObservedEdge): string => `${before} ${after}`;
  const again = new Set(found.map(pair));
  const kept = known.filter((edge) => !again.has(pair(edge)) && !(seen.has(edge.before) && seen.has(edge.after)));
  return [...kept, ...new Map(found.map((edge) => [pair(edge), edge])).values()].sort((a, b) => (pair(a) < pair(b) ? -1 : 1));
}
