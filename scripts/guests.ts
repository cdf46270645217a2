// Programs that misbehave, each bare and under Fathom: `npm run guests`. Ends with 1 when
// one behaves differently, hangs, or is not installed (--allow-missing: then it is left out).
// Writes docs/reference/guests.md when every guest was there and behaved; names choose guests.

import { accessSync, constants, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./bundle.ts";
import { GUESTS } from "./guests/all.ts";
import { PACKAGES, type Guest } from "./guests/guest.ts";
import { answerText, observe, type Seen } from "./guests/observe.ts";
import { tableText } from "./guests/table.ts";

const TABLE = join(root, "docs/reference/guests.md");

/** Where Debian has programs, and this Node; no version managers, which are guests of their own. */
const PATH = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin", dirname(process.execPath)].join(delimiter);

function isThere(name: string): boolean {
  const paths = name.includes("/") ? [name] : PATH.split(delimiter).map((folder) => join(folder, name));
  return paths.some((path) => {
    try {
      accessSync(path, constants.R_OK);
      return true;
    } catch {
      return false; // One of many tries.
    }
  });
}

const missingOf = (guest: Guest): readonly (keyof typeof PACKAGES)[] => guest.needs.filter((name) => !isThere(name));

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { "allow-missing": { type: "boolean", default: false }, list: { type: "boolean", default: false } } });
  const say = (text: string): unknown => process.stdout.write(`${text}\n`); // tidy: a program of its own
  const chosen = GUESTS.filter(({ name, group }) => positionals.length === 0 || positionals.some((part) => `${group}: ${name}`.includes(part)));
  if (values.list) {
    for (const { group, name } of chosen) say(`${group}: ${name}`);
    return;
  }
  const packages = [...new Set(chosen.flatMap(missingOf).map((name) => PACKAGES[name]))].sort();
  if (packages.length > 0) say(`apt-get install --no-install-recommends ${packages.join(" ")}`);
  const seen: Seen[] = [];
  let failed = 0, left = 0;
  for (const guest of chosen) {
    const missing = missingOf(guest);
    const why = missing.length > 0 ? `"${missing.join('", "')}" is not installed` : guest.isForRoot === true && process.getuid?.() !== 0 ? "only root can become somebody else" : null;
    if (why !== null) {
      say(`missing   ${guest.name}: ${why}`);
      left++;
      continue;
    }
    const observed = await observe(guest, PATH);
    seen.push(observed);
    say(`${observed.wrong.length === 0 ? "same     " : "DIFFERENT"} ${guest.name} (${answerText(observed.answer)}${observed.reason === null ? "" : `: ${observed.reason}`})`);
    for (const text of observed.wrong) say(`          ${text}`);
    if (observed.wrong.length > 0) failed++;
  }
  say(`${String(seen.length)} guests, ${String(failed)} different, ${String(left)} not installed`);
  const isWhole = failed === 0 && left === 0;
  if (isWhole && positionals.length === 0) writeFileSync(TABLE, tableText(seen));
  process.exitCode = failed === 0 && (left === 0 || values["allow-missing"]) ? 0 : 1;
}

await main();
