// Counts instead of times, the same on every machine: what reaches the supervisor from
// one small process, and what the supervisor asks of the kernel for it. Needs strace.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { emptied, environment, fathom, type Place, type Row } from "./rig.ts";

const PROCESSES = 100;

/** How often each word comes, less how often it comes in `less`, for one process. */
function each(text: string, less: string, pattern: RegExp): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const add = (from: string, by: number): void => {
    for (const [, word = ""] of from.matchAll(pattern)) found.set(word, (found.get(word) ?? 0) + by / PROCESSES);
  };
  add(text, 1);
  add(less, -1);
  return found;
}

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts].filter(([, count]) => count >= 0.5).sort(([, a], [, b]) => b - a).map(([word, count]) => `${word} ${Math.round(count)}`).join(", ");
const total = (counts: ReadonlyMap<string, number>): string => [...counts.values()].reduce((sum, count) => sum + count, 0).toFixed(1);

export function counts(place: Place): readonly Row[] {
  const folder = emptied(place, "counts");
  if (spawnSync("strace", ["--version"]).error !== undefined) return [{ what: "counts of calls", bare: "", fathom: "", costs: "not measured: there is no strace", target: "" }];
  const traced = (processes: number): string => {
    const log = join(folder, `${processes}.strace`);
    const script = `i=0; while [ $i -lt ${processes} ]; do /bin/true; i=$((i + 1)); done`;
    const child = spawnSync("strace", ["-o", log, fathom, "--quiet", "--no-cache", "--", "sh", "-c", script], { cwd: folder, stdio: "ignore", env: environment(join(folder, "store")) });
    if (child.status !== 0) throw new Error(`strace ended with ${String(child.status)}`);
    return readFileSync(log, "utf8");
  };
  const [none, all] = [traced(0), traced(PROCESSES)];
  const notifications = each(all, none, /NOTIF_RECV.*?nr=__NR_(\w+)/g);
  const asked = each(all, none, /^(\w+)\(/gm);
  return [
    { what: "notifications of one /bin/true", bare: "", fathom: total(notifications), costs: listed(notifications), target: "" },
    { what: "system calls of the supervisor for it", bare: "", fathom: total(asked), costs: listed(asked), target: "" },
  ];
}
