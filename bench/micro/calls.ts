// What one file call costs: through the guest library's hooks, and by notification.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../shell.ts";
import { spawnSync } from "node:child_process";
import { emptied, environment, fathom, inTurn, program, type Place, type Row } from "./rig.ts";

const HOOKED_CALLS = 200_000;
const NOTIFIED_CALLS = 20_000;
const KINDS = [
  { kind: "open", what: "open and close, hooked", isHooked: true }, { kind: "stat", what: "stat, hooked", isHooked: true },
  { kind: "missing", what: "open that fails, hooked", isHooked: true }, { kind: "raw-stat", what: "stat, notified", isHooked: false },
  { kind: "raw-open", what: "open and close, notified", isHooked: false }, { kind: "raw-missing", what: "open that fails, notified", isHooked: false },
] as const;

function nanoseconds(command: readonly [string, ...string[]], folder: string, env: NodeJS.ProcessEnv): number {
  const [name, ...args] = command;
  const child = spawnSync(name, args, { cwd: folder, env, encoding: "utf8" });
  const ns = Number(child.stdout);
  if (child.status !== 0 || !(ns > 0)) throw new Error(`"${command.join(" ")}" ended with ${String(child.status)} and said "${child.stdout}${child.stderr}"`);
  return ns;
}

export function calls(place: Place): readonly Row[] {
  const folder = emptied(place, "calls");
  const there = join(folder, "there");
  writeFileSync(there, "there\n");
  run(["sync"], folder, process.env);
  const tool = program(folder, "calls");
  return KINDS.map(({ kind, what, isHooked }): Row => {
    const command = [tool, kind, kind.endsWith("missing") ? join(folder, "absent") : there, String(isHooked ? HOOKED_CALLS : NOTIFIED_CALLS)] as const;
    const { bare, observed } = inTurn(place.rounds, {
      bare: () => nanoseconds(command, folder, process.env),
      observed: () => nanoseconds([fathom, "--quiet", "--no-cache", "--", ...command], folder, environment(join(folder, "store"))),
    });
    const us = (ns: number): string => `${(ns / 1000).toFixed(2)} us`;
    return { what, bare: us(bare), fathom: us(observed), costs: `+ ${us(observed - bare)}`, target: isHooked ? "+ 0.3 us" : "+ 10 us" };
  });
}
