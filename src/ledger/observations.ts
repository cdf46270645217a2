// Facts on nodes -> observations, named as things were before the unit.

import { unreachable } from "../base/assert.ts";
import { byteOrder } from "../base/path.ts";
import type { Observation } from "./footprint.ts";
import type { Node } from "./node.ts";

/** Asked for its state only, and then overwritten or removed: it matters that it was there, not what was in it. */
const isOnlyReplaced = (node: Node, timed: boolean): boolean => node.isLost && !timed;

function observationOf(node: Node): Observation | null {
  const { origin: path, fact } = node;
  if (path === null || fact === null) return null;
  const timed = fact.timed && !node.isExecuted;
  switch (fact.kind) {
    case "missing": case "denied":
      return { kind: fact.kind, path };
    case "type":
      return { kind: "type", path, type: fact.type };
    case "link":
      return { kind: "link", path, target: node.target ?? "" };
    case "listed":
      return { kind: "listed", path, names: fact.names };
    case "stated":
    case "content":
      if (fact.signature === null || (fact.kind === "stated" && isOnlyReplaced(node, timed))) return { kind: "type", path, type: fact.type };
      return { kind: "content", path, signature: fact.signature, timed, isRead: fact.kind === "content" && !node.isUnread };
    default:
      return unreachable(fact.kind);
  }
}

/** Sorted by bytes; one a path, and one more for permissions. */
export function observationsOf(nodes: readonly Node[]): Observation[] {
  const observations: Observation[] = [];
  for (const node of nodes) {
    const observation = observationOf(node);
    if (observation !== null) observations.push(observation);
    if (observation !== null && node.permissions !== null) observations.push({ kind: "permissions", path: observation.path, permissions: node.permissions });
  }
  return observations.sort((a, b) => byteOrder(a.path, b.path));
}
