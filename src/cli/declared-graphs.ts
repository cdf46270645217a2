// Asks the build tools of a recorded run for the order that they know: make for its
// data base, ninja for its graph. They are asked, nothing is built. What make runs all the
// same to answer (lines that name $(MAKE), Makefiles that are made) happens in a view of the
// workspace; where there can be none, make is asked for no more than what is out of date.

import { spawnSync } from "node:child_process";
import type { Disk } from "../base/disk.ts";
import { absPath, fromText, toText } from "../base/path.ts";
import { buildFolder } from "../explain/build-folder.ts";
import { withCMakeDepends } from "../explain/cmake-depends.ts";
import type { DeclaredGraph } from "../explain/declared-graph.ts";
import { textOf } from "../explain/declared.ts";
import type { Ground } from "../explain/ground.ts";
import { Forest } from "../explain/races-forest.ts";
import { parseMakeDatabase } from "../explain/make-database.ts";
import { parseNinja } from "../explain/ninja-graph.ts";
import type { Trace, TracedProcess } from "../explain/trace.ts";
import type { Environment } from "./render.ts";
import type { Views } from "./rehearsal.ts";

/** A data base of a large build is some ten megabytes. */
const SAID_BYTES_MAX = 512 * 1024 * 1024;
/** Makefiles that are read for longer than this are no use to who waits for an answer. */
const ASKED_MS_MAX = 120_000;

const DATABASE = "# Make data base, printed on";

const toolOf = ({ program }: TracedProcess): string => program.slice(program.lastIndexOf("/") + 1);
const MAKES = /^(g?make)(-[\d.]+)?$/;
const NINJAS = /^(ninja|ninja-build|samu)$/;

/** Of every build tool that no other one of its kind started: what it starts itself is in what it says. */
export function declaredGraphs(trace: Trace, ground: Pick<Ground, "roots">, disk: Pick<Disk, "readFile">, env: Environment, views: Pick<Views, "run"> | null): readonly DeclaredGraph[] {
  const forest = new Forest(trace);
  const isBelowMake = (process: TracedProcess): boolean => [...forest.above(process)].some((above) => MAKES.test(toolOf(above)));
  const asked = new Set<string>();
  const graphs = new Map<string, DeclaredGraph>();
  for (const process of trace.traced) {
    const isMake = MAKES.test(toolOf(process));
    if ((!isMake && !NINJAS.test(toolOf(process))) || (isMake && isBelowMake(process))) continue;
    const question = `${process.cwd}\0${process.argv.join("\0")}`;
    if (asked.has(question)) continue;
    asked.add(question);
    for (const graph of isMake ? askMake(process, ground, disk, env, views) : askNinja(process, ground, env)) if (!graphs.has(graph.folder)) graphs.set(graph.folder, graph);
  }
  return [...graphs.values()];
}

/** By the name that it had: make calls itself so in what it says. */
function wordsOf({ program, argv }: TracedProcess, { roots }: Pick<Ground, "roots">): readonly [string, readonly string[]] {
  const [name = "", ...args] = argv.map((word) => toText(roots.locateText(word) ?? word));
  const isItsName = name.slice(name.lastIndexOf("/") + 1) === program.slice(program.lastIndexOf("/") + 1);
  return [isItsName ? name : textOf(program, roots), args];
}

/** What a make around us hands on is not meant for this one. */
const plainEnvironment = (env: Environment): Environment => ({ ...Object.fromEntries(Object.entries(env).filter(([name]) => !["MAKEFLAGS", "MFLAGS", "MAKELEVEL"].includes(name))), LC_ALL: "C" });

function said(file: string, args: readonly string[], cwd: string, env: Environment): string {
  return spawnSync(file, [...args], { cwd, env: { ...plainEnvironment(env) }, encoding: "utf8", maxBuffer: SAID_BYTES_MAX, timeout: ASKED_MS_MAX, stdio: ["ignore", "pipe", "ignore"] }).stdout;
}

function askMake(process: TracedProcess, ground: Pick<Ground, "roots">, disk: Pick<Disk, "readFile">, env: Environment, views: Pick<Views, "run"> | null): readonly DeclaredGraph[] {
  const [file, args] = wordsOf(process, ground);
  const cwd = textOf(process.cwd, ground.roots);
  const words = [file, ...args, "-npBkw", "--trace", "-j1"].map(fromText);
  const asked = views?.run({ words, cwd: fromText(cwd), env: plainEnvironment(env), without: [], seed: null, mostMs: ASKED_MS_MAX });
  const text = asked?.ok === true && asked.value.stdout.includes(DATABASE) ? asked.value.stdout : said(file, [...args, "-npkw", "--trace", "-j1"], cwd, env);
  return parseMakeDatabase(text, cwd).map((graph) => withCMakeDepends(graph, (path) => textIn(path, disk)));
}

function textIn(path: string, disk: Pick<Disk, "readFile">): string | null {
  const read = disk.readFile(absPath(fromText(path)));
  return read.ok ? read.value.toString("utf8") : null;
}

/** What the make that works in that folder says that it would run, were these files new. Null: no make of the run does. */
export function wouldRun({ tool, folder }: DeclaredGraph, trace: Trace, newer: readonly string[], ground: Pick<Ground, "roots">, env: Environment): readonly string[] | null {
  const process = trace.traced.find((each) => MAKES.test(toolOf(each)) && buildFolder(each, ground.roots) === folder);
  if (tool !== "make" || process === undefined) return null;
  const [file, args] = wordsOf(process, ground);
  // A name that make has must be that name: it is one from the folder where it can be.
  const names = newer.map((path) => toText(path)).flatMap((path) => ["-W", path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path]);
  return said(file, [...args, "-n", "-j1", ...names], textOf(process.cwd, ground.roots), env).split("\n");
}

function askNinja(process: TracedProcess, ground: Pick<Ground, "roots">, env: Environment): readonly DeclaredGraph[] {
  const [file, args] = wordsOf(process, ground);
  const folder = buildFolder(process, ground.roots);
  const at = args.indexOf("-f");
  const say = (what: string): string => said(file, [...(at < 0 ? [] : args.slice(at, at + 2)), "-t", what], folder, env);
  const graph = parseNinja({ graph: say("graph"), commands: say("compdb"), deps: say("deps") }, folder);
  return graph === null ? [] : [graph];
}
