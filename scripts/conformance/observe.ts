// Runs every behaviour of a program under Fathom, each in a folder of its own, and
// gives back what the ledgers say of each: one command, one engine, as many images
// as behaviours.

import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { FLAGS, REASONS } from "../../src/ledger/layout.ts";
import { judgePackage } from "../judge.ts";
import type { Behaviour, Program } from "./programs.ts";

/** Who told: the guest library, or the supervisor that was notified. */
export type Teller = "hook" | "notification";

export interface Observed {
  /** In the words of the expectations. */
  readonly said: ReadonlyMap<string, ReadonlySet<Teller>>;
  /** 0: the calls worked as the behaviour says they should. */
  readonly code: number;
}

/** The longest that all behaviours of one way may take. */
const RUN_MS_MAX = 180_000;

/** What behaviour.h promises. */
function furnish(folder: string, tool: string): void {
  mkdirSync(join(folder, "dir"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  writeFileSync(join(folder, "file"), "text\n");
  writeFileSync(join(folder, "other"), "other\n");
  writeFileSync(join(folder, "dir/inner"), "inner\n");
  for (const [name, text] of [["run", "#!/bin/true\n"], ["plain", "text\n"], ["broken", "#!/absent/interpreter\n"]] as const) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  linkSync(tool, join(folder, "tool"));
  symlinkSync("file", join(folder, "link"));
  symlinkSync("dir", join(folder, "dirlink"));
  symlinkSync("nowhere", join(folder, "dangling"));
}

interface Line {
  readonly kind: string;
  readonly image: number;
  readonly flags?: number;
  readonly path?: string;
  readonly from?: string;
  readonly to?: string;
  readonly target?: string;
  readonly cwd?: string;
  readonly name?: string;
  readonly what?: number;
  readonly reason?: number;
  readonly fd?: number;
  readonly bytes?: string;
  readonly error?: number;
}

const CHANGES = [[1, "mode"], [2, "owner"], [4, "times"]] as const;

/** A path as the expectations have it: below the behaviour's folder, without what mkstemp(3) made up. */
function shown(path: string, folder: string): string {
  const plain = posix.normalize(path);
  const below = plain === folder ? "." : plain.startsWith(`${folder}/`) ? plain.slice(folder.length + 1) : plain;
  return below.replace(/^temporary-[A-Za-z0-9]{6}/, "temporary-XXXXXX");
}

/** Records of which nobody expects anything: what a program relies on outside its folder. Null: no such record. */
function words(line: Line, folder: string): string | null {
  const at = (path: string | undefined): string => shown(path ?? "", folder);
  const has = (flag: number, word: string): string => (((line.flags ?? 0) & flag) !== 0 ? ` ${word}` : "");
  switch (line.kind) {
    case "opened": case "stated": return `${line.kind} ${at(line.path)}${has(FLAGS.nofollow, "nofollow")}`;
    case "wrote": return `wrote ${at(line.path)}${has(FLAGS.truncated, "truncated")}`;
    case "missing": case "listed": case "typed": case "removed": case "made-dir": case "made-node": case "exec": return `${line.kind} ${at(line.path)}`;
    case "readlink": return line.error === 0 ? `readlink ${at(line.path)} ${line.target ?? ""}` : `readlink ${at(line.path)}`;
    case "made-link": return `made-link ${at(line.path)} ${line.target ?? ""}`;
    case "renamed": case "linked": return `${line.kind} ${at(line.from)} ${at(line.to)}${has(FLAGS.exchanged, "exchanged")}`;
    case "changed": return `changed ${at(line.path)}${CHANGES.filter(([bit]) => ((line.what ?? 0) & bit) !== 0).map(([, word]) => ` ${word}`).join("")}`;
    case "env": return line.name?.startsWith("\u0001") === true ? `env ${line.name.slice(1)}` : null;
    case "stream-wrote": return `stream-wrote ${String(line.fd)} ${(line.bytes ?? "").replaceAll("\n", "\\n")}`;
    case "stream-read": return `stream-read ${String(line.fd)}`;
    case "doubt": return `doubt ${(REASONS.get(line.reason ?? 0)?.code ?? "?").toUpperCase().replaceAll("-", "_")}`;
    case "env-all": return null;
    default: return line.kind; // incomplete, damaged: nobody expects them
  }
}

/** Is this anything that the behaviour must account for? */
const isOwn = (said: string, expected: ReadonlySet<string>): boolean => expected.has(said) || !/^\S+ \//.test(said);

export function observe(program: Program, driver: string, scratch: string): ReadonlyMap<string, Observed> {
  const [work, out, results] = ["work", "ledgers.ndjson", "results"].map((name) => join(scratch, name)) as [string, string, string];
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const tool = join(scratch, "tool");
  copyFileSync("/bin/true", tool);
  for (const { name } of program.behaviours) furnish(join(work, name), tool);
  spawnSync("mkfifo", program.behaviours.map(({ name }) => join(work, name, "fifo")));
  const fathom = judgePackage(join(scratch, "package"), out);
  /* Real pipes: Node's own are sockets, which have no name to open. */
  const piped = '{ "$@" 2>&1 1>&3 3>&- | cat >"$0.errors"; } 3>&1 | cat >"$0.output"';
  spawnSync("sh", ["-c", piped, join(scratch, "said"), fathom, "--quiet", "--force", "--", driver, "all", program.path, work, results], {
    cwd: scratch,
    env: { PATH: process.env["PATH"] ?? "", HOME: scratch, TMPDIR: scratch, LC_ALL: "C", FATHOM_STORE: join(scratch, "store") },
    stdio: ["ignore", "ignore", "inherit"],
    timeout: RUN_MS_MAX,
  });
  const codes = new Map(readFileSync(results, "utf8").trimEnd().split("\n").map((line) => line.split("\t") as [string, string]));
  const lines = readFileSync(out, "utf8").trimEnd().split("\n").map((text) => JSON.parse(text) as Line);
  return new Map(program.behaviours.map((behaviour) => [behaviour.name, { said: saidOf(behaviour, lines, join(work, behaviour.name), program.path), code: Number(codes.get(behaviour.name) ?? -1) }]));
}

function saidOf(behaviour: Behaviour, lines: readonly Line[], folder: string, program: string): ReadonlyMap<string, ReadonlySet<Teller>> {
  const images = new Set(lines.filter((line) => line.kind === "exec" && (line.cwd === folder || line.cwd?.startsWith(`${folder}/`) === true)).map((line) => line.image));
  const expected = new Set(behaviour.expected);
  const said = new Map<string, Set<Teller>>();
  for (const line of lines) {
    if (!images.has(line.image)) continue;
    const text = words(line, folder)?.replace(program, "%program%") ?? null;
    if (text === null || (line.kind === "exec" && line.path === program) || !isOwn(text, expected)) continue;
    /* However many records a call makes of its pieces: the bytes count. */
    const before = line.kind === "stream-wrote" ? [...said.keys()].find((key) => key.startsWith(`stream-wrote ${String(line.fd)} `)) : undefined;
    const whole = before === undefined ? text : `${before}${text.split(" ").slice(2).join(" ")}`;
    const tellers = said.get(before ?? text) ?? new Set();
    if (before !== undefined) said.delete(before);
    tellers.add(line.kind !== "exec" && ((line.flags ?? 0) & FLAGS.trapped) === 0 ? "hook" : "notification");
    said.set(whole, tellers);
  }
  return said;
}
