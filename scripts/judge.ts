// strace as the judge of the tap: runs a command bare under strace and once under
// Fathom, and lists every access that one of them saw and the other did not. What
// two bare runs do not have in common (made-up names, chance) is left out.
// Usage: node dist/build/scripts/judge.js [--from folder] [--extra] [--keep] -- command...
// The command runs in a folder that is empty, or a fresh copy of --from, both times
// at the same path. --extra also lists what only Fathom saw. Ends with 1 when Fathom missed something.

import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./bundle.ts";
import { accessesOfLedgers, accessesOfStrace, masked, missesOf, type Accesses } from "./judge-accesses.ts";

/** Calls that name paths, list directories, or change who is where. */
const TRACED = "%file,getdents,getdents64,fchdir,fchmod,fchown,clone,clone3,fork,vfork";
/** Kernel windows and devices: docs/reference/limits.md says why they are nobody's input. */
const NOISE = /^\w+ \/(proc|sys|dev)(\/|$)/;

/** A package whose engine tells everything and stores nothing. */
export function judgePackage(folder: string, out: string): string {
  const native = join(folder, "prebuilds/linux-x64");
  mkdirSync(native, { recursive: true });
  mkdirSync(join(folder, "dist/bundle"), { recursive: true });
  for (const name of ["fathom", "fathom-guest.so", "fathom-replay"]) copyFileSync(join(root, "prebuilds/linux-x64", name), join(native, name));
  writeFileSync(join(folder, "dist/bundle/package.json"), '{ "type": "commonjs" }\n');
  const engine = JSON.stringify(join(root, "dist/build/scripts/judge-engine.js"));
  writeFileSync(join(folder, "dist/bundle/engine.js"), `process.argv[2] = ${JSON.stringify(out)};\nimport(${engine});\n`);
  return join(native, "fathom");
}

interface Judged {
  readonly missed: readonly (readonly [string, string])[];
  readonly extra: readonly (readonly [string, string])[];
  readonly troubles: readonly string[];
  readonly accesses: number;
  readonly codes: readonly (number | null)[];
}

export function judge(command: readonly string[], from: string | null, scratch: string): Judged {
  const [work, tmp, home, out, trace] = ["work", "tmp", "home", "ledgers.ndjson", "strace.txt"].map((name) => join(scratch, name)) as [string, string, string, string, string];
  const fathom = judgePackage(join(scratch, "package"), out);
  const env = { ...process.env, TMPDIR: tmp, HOME: home, FATHOM_STORE: join(scratch, "store") };
  const start = (argv: readonly string[]): number | null => {
    for (const folder of [work, tmp, home]) rmSync(folder, { recursive: true, force: true });
    for (const folder of [tmp, home]) mkdirSync(folder);
    if (from === null) mkdirSync(work);
    else cpSync(from, work, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    const [program = "", ...args] = argv;
    return spawnSync(program, args, { cwd: work, env, stdio: ["ignore", "ignore", "inherit"], timeout: 600_000 }).status;
  };
  const kept = (accesses: Accesses): Accesses => new Map([...masked(accesses, tmp)].filter(([access]) => !NOISE.test(access) && !access.includes(join(scratch, "package"))));
  const bareRun = (): readonly [number | null, Accesses] => {
    const code = start(["strace", "-f", "-y", "-qq", "-s", "4096", "-o", trace, "-e", `trace=${TRACED}`, "-e", "signal=none", ...command]);
    return [code, kept(accessesOfStrace(readFileSync(trace, "latin1"), work))];
  };
  const [[bareCode, once], [, twice]] = [bareRun(), bareRun()];
  const codes = [bareCode, start([fathom, "--quiet", "--force", "--", ...command])];
  const observed = accessesOfLedgers(existsSync(out) ? readFileSync(out, "utf8") : "");
  const steady = new Map([...once].filter(([access]) => twice.has(access)));
  const tapped = kept(observed.accesses);
  return { missed: missesOf(steady, tapped), extra: missesOf(tapped, new Map([...once, ...twice])), troubles: observed.troubles, accesses: steady.size, codes };
}

function main(): void {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { from: { type: "string" }, extra: { type: "boolean" }, keep: { type: "boolean" } } });
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "fathom-judge-")));
  const { missed, extra, troubles, accesses, codes } = judge(positionals, values.from ?? null, scratch);
  const say = (text: string): unknown => process.stdout.write(`${text}\n`); // tidy: a program of its own
  for (const [access, because] of missed) say(`missed  ${access}\n        ${because}`);
  if (values.extra === true) for (const [access, because] of extra) say(`extra   ${access}\n        ${because}`);
  for (const trouble of new Set(troubles.map((text) => text.replace(/"seq":"?\d+"?,/, "")))) say(`doubt   ${trouble}`);
  say(`${String(accesses)} accesses, ${String(missed.length)} missed, ${String(extra.length)} extra, exit codes ${codes.map(String).join(" and ")}`);
  if (values.keep === true) say(scratch);
  else rmSync(scratch, { recursive: true, force: true });
  process.exitCode = missed.length === 0 && codes[0] === codes[1] ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) main();
