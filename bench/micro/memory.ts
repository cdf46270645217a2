// How much memory the supervisor and Node take for a build of many processes: its most,
// for two sizes, so that what one process more costs can be told. Two shapes: one unit
// that holds all, and a make with a hundred processes a target.

import { spawn } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { emptied, environment, fathom, type Place, type Row } from "./rig.ts";

const LOOK_EVERY_MS = 50;
const OF_A_TARGET = 100;

const field = (text: string, name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(text)?.[1] ?? 0);

function readProc(pid: number | string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return ""; // It is gone.
  }
}

/** Node is a child of the supervisor, as the command is. */
function engineOf(supervisor: number): string | null {
  return readProc(supervisor, `task/${supervisor}/children`).split(" ").find((pid) => pid !== "" && readProc(pid, "cmdline").includes("engine.js")) ?? null;
}

interface Most { readonly supervisorKb: number; readonly nodeKb: number; readonly pssKb: number }

async function mostOf(command: readonly string[], folder: string, env: NodeJS.ProcessEnv): Promise<Most> {
  const child = spawn(fathom, ["--quiet", "--", ...command], { cwd: folder, env, stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let most: Most = { supervisorKb: 0, nodeKb: 0, pssKb: 0 };
  const supervisor = child.pid ?? 0;
  let node: string | null = null;
  for (let isOver = false; !isOver;) {
    isOver = await Promise.race([ended.then(() => true), pause(LOOK_EVERY_MS, false)]);
    node ??= engineOf(supervisor);
    const pssKb = field(readProc(supervisor, "smaps_rollup"), "Pss") + (node === null ? 0 : field(readProc(node, "smaps_rollup"), "Pss"));
    most = {
      supervisorKb: Math.max(most.supervisorKb, field(readProc(supervisor, "status"), "VmHWM")),
      nodeKb: Math.max(most.nodeKb, node === null ? 0 : field(readProc(node, "status"), "VmHWM")),
      pssKb: Math.max(most.pssKb, pssKb),
    };
  }
  const code = await ended;
  if (code !== 0) throw new Error(`A build of many processes ended with ${String(code)}`);
  return most;
}

/** `make` with targets of 100 processes each; a file a target, so that each is a unit with an output. */
function makefile(processes: number): string {
  const targets = Array.from({ length: Math.ceil(processes / OF_A_TARGET) }, (_, at) => `t${at}`).join(" ");
  return `all: ${targets}\nt%:\n\t@i=0; while [ $$i -lt ${OF_A_TARGET} ]; do /bin/true; i=$$((i + 1)); done; echo done > $@\n`;
}

export async function memory(place: Place, processes: number): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const shape of ["one unit", "make"] as const) {
    const sizes = [Math.round(processes / 4), processes] as const;
    const found: Most[] = [];
    for (const size of sizes) {
      const folder = emptied(place, "memory");
      writeFileSync(join(folder, "Makefile"), makefile(size));
      const command = shape === "make" ? ["make", "-j2"] : ["sh", "-c", `seq ${size} | xargs -n 1 -P 2 /bin/true`];
      found.push(await mostOf(command, folder, environment(emptied(place, "memory-store"))));
      const left = readdirSync(folder).length;
      if (shape === "make" && left !== Math.ceil(size / OF_A_TARGET) + 1) throw new Error(`make left ${left} files`);
    }
    const [small, large] = [found[0], found[1]];
    if (small === undefined || large === undefined) throw new Error("Two sizes are measured");
    const slope = (of: (most: Most) => number): string => `${((of(large) - of(small)) / ((processes - sizes[0]) / 1000)).toFixed(0)} kB`;
    const mb = (kb: number): string => `${(kb / 1024).toFixed(0)} MB`;
    rows.push({
      what: `memory for ${processes} processes, ${shape}`, bare: "", fathom: `${mb(large.pssKb)} (Pss of both)`,
      costs: `most of the supervisor ${mb(large.supervisorKb)}, of Node ${mb(large.nodeKb)}; for 1,000 more ${slope((most) => most.supervisorKb)} and ${slope((most) => most.nodeKb)}`,
      target: "150 MB, flat",
    });
  }
  return rows;
}
