// What checking costs: one command that read N files, replayed with nothing changed
// (by its plan, without Node), and with its output removed (by Node).

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../src/base/scratch.ts";
import { emptied, environment, fathom, inTurn, ms, program, wallMs, type Place, type Row } from "./rig.ts";

const COUNTS = [10, 1000, 10_000, 100_000] as const;
const TARGETS: Readonly<Record<number, string>> = { 10: "20 ms by plan", 10_000: "25 ms", 100_000: "150 ms" };

function makeFiles(folder: string, count: number): void {
  for (let file = 0; file < count; file++) {
    if (file % 100 === 0) mkdirSync(join(folder, String(file / 100)), { recursive: true });
    writeFileSync(join(folder, String(Math.floor(file / 100)), String(file)), `file ${file}\n`);
  }
}

export function facts(place: Place): readonly Row[] {
  return COUNTS.flatMap((count): readonly Row[] => {
    const folder = emptied(place, "facts");
    const store = environment(emptied(place, "facts-store"));
    const [files, out] = [join(folder, "files"), join(folder, "out")];
    mkdirSync(files);
    makeFiles(files, count);
    const command = [program(folder, "reader"), files, String(count), out] as const;
    const replay = (): number => wallMs([fathom, "--quiet", "--", ...command], folder, store);
    for (let run = 0; run < 3; run++) replay(); // Runs, is confirmed, has a plan.
    const { bare, plan, removed } = inTurn(place.rounds, {
      bare: () => wallMs(command, folder, process.env),
      removed: () => {
        removeTree(out);
        return replay();
      },
      confirmed: replay, // Makes the plan for what is in place now.
      plan: replay,
    });
    const row = (what: string, value: number): Row =>
      ({ what: `${count} files read, ${what}`, bare: ms(bare), fathom: ms(value), costs: `${(value / count * 1000).toFixed(2)} us a file`, target: TARGETS[count] ?? "" });
    return [row("nothing changed", plan), row("output removed", removed)];
  });
}
