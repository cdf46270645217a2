// A script of 1,000 processes that do nothing: what one process costs.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptied, environment, fathom, inTurn, ms, wallMs, type Place, type Row } from "./rig.ts";

const PROCESSES = 1000;

export function tiny(place: Place): readonly Row[] {
  const folder = emptied(place, "tiny");
  const script = join(folder, "tiny.sh");
  writeFileSync(script, `i=0\nwhile [ $i -lt ${PROCESSES} ]; do /bin/true; i=$((i + 1)); done\n`);
  const first = (...options: string[]) => (): number => wallMs([fathom, "--quiet", ...options, "--", "sh", script], folder, environment(emptied(place, "tiny-store")));
  const { bare, stored, observed } = inTurn(place.rounds, { bare: () => wallMs(["sh", script], folder, process.env), stored: first(), observed: first("--no-cache") });
  const row = (what: string, value: number, target: string): Row =>
    ({ what, bare: ms(bare), fathom: ms(value), costs: `x ${(value / bare).toFixed(2)}, ${((value - bare) / PROCESSES * 1000).toFixed(0)} us a process`, target });
  return [row(`${PROCESSES} x /bin/true, first run`, stored, "x 1.6"), row("the same, nothing stored (--no-cache)", observed, "")];
}
