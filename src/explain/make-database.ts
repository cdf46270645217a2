// What GNU make says of its own rules (`make -npB --trace -w`): each recipe line with
// its target, then its data base; of makes that it starts the same, one inside the
// other. The text is written by a program that we did not choose: what is not
// understood is passed over, and what it would have told is not known.

import { posix } from "node:path";
import type { DeclaredGraph, DeclaredTarget } from "./declared-graph.ts";

const DIRECTORY = /^(?:# )?\S+?(?:\[\d+\])?: (Entering|Leaving) directory '(.*)'$/;
const CAUSE = /^(.+?):(\d+): (?:update target '(.*)' due to: .*|target '(.*)' does not exist)$/;
const BUILTIN = /^<builtin>: (?:update target '(.*)' due to: .*|target '(.*)' does not exist)$/;
const RULE = /^([^#\t:=][^:=]*?)(::?) ?(.*)$/;
/** A variable of one target, which stands before its rule: "a.o: CFLAGS := -g". */
const OWN_VARIABLE = /^[^#\t:=][^:=]*: \S+ [:+]*=( |$)/;
/** Targets of one data base: more is no build that was ever measured. */
const TARGETS_MAX = 1_000_000;

interface Growing {
  readonly tool: "make";
  readonly folder: string;
  readonly targets: Map<string, DeclaredTarget>;
  /** What compilers told is in the data base: Makefiles include it. */
  readonly learned: ReadonlyMap<string, ReadonlySet<string>>;
  readonly lines: { line: string; target: string }[];
  readonly ownFiles: Set<string>;
  readonly serialFiles: Set<string>;
  readonly defaultGoals: Set<string>;
}

/** `folder`: where make was started, absolute. */
export function parseMakeDatabase(text: string, folder: string): readonly DeclaredGraph[] {
  const reader = new Reader(folder);
  for (const line of text.split("\n")) reader.line(line);
  return reader.graphs();
}

interface Entry {
  readonly name: string;
  readonly waitsFor: readonly string[];
  readonly alsoMakes: string[];
  isPhony: boolean;
  isSearched: boolean;
  isOfPattern: boolean;
  place: string | null;
}

class Reader {
  readonly #start: string;
  /** One inside the other, each with the recipe that started it: its lines go on behind. */
  readonly #folders: { readonly folder: string; readonly target: string | null; readonly place: string | null }[] = [];
  readonly #graphs = new Map<string, Growing>();
  /** Of the recipe whose lines follow. */
  #target: string | null = null;
  #place: string | null = null;
  #continued: string | null = null;
  /** In a data base: null outside of its part on files. */
  #section: "none" | "variables" | "files" = "none";
  #entry: Entry | null = null;
  #mainFile: string | null = null;
  #isNoTarget = false;

  constructor(folder: string) {
    this.#start = folder;
  }

  graphs(): readonly DeclaredGraph[] {
    this.#close();
    return [...this.#graphs.values()];
  }

  line(line: string): void {
    const moved = DIRECTORY.exec(line);
    if (moved !== null) return this.#move(moved[1] === "Entering", moved[2] ?? "");
    if (line.startsWith("# Make data base, printed on")) {
      this.#target = null;
      this.#section = "variables";
    } else if (line.startsWith("# Finished Make data base")) {
      this.#close();
      this.#section = "none";
    } else if (line === "# Files") this.#section = "files";
    else if (line.startsWith("# files hash-table stats")) {
      this.#close();
      this.#section = "variables";
    } else if (this.#section === "files") this.#file(line);
    else if (this.#section === "variables") this.#variable(line);
    else this.#recipe(line);
  }

  #move(isEntering: boolean, folder: string): void {
    if (this.#section !== "none") return;
    if (isEntering) this.#folders.push({ folder, target: this.#target, place: this.#place });
    const left = isEntering ? null : (this.#folders.pop() ?? null);
    this.#target = left?.target ?? null;
    this.#place = left?.place ?? null;
  }

  get #graph(): Growing {
    const folder = this.#folders.at(-1)?.folder ?? this.#start;
    const known = this.#graphs.get(folder) ?? { tool: "make", folder, targets: new Map(), learned: new Map(), lines: [], ownFiles: new Set(), serialFiles: new Set(), defaultGoals: new Set() };
    this.#graphs.set(folder, known);
    return known;
  }

  #path(name: string): string {
    return posix.resolve(this.#folders.at(-1)?.folder ?? this.#start, name);
  }

  #recipe(line: string): void {
    const cause = CAUSE.exec(line);
    const builtin = cause === null ? BUILTIN.exec(line) : null;
    if (cause !== null || builtin !== null) {
      this.#target = this.#path(cause?.[3] ?? cause?.[4] ?? builtin?.[1] ?? builtin?.[2] ?? "");
      this.#place = cause === null ? null : `${cause[1] ?? ""}:${cause[2] ?? ""}`;
      this.#continued = null;
      return;
    }
    // Behind the last recipe the data base begins.
    if (line.startsWith("# GNU Make ")) this.#target = null;
    if (this.#target === null || line === "") return;
    const whole = this.#continued === null ? line : `${this.#continued}\n${line}`;
    this.#continued = line.endsWith("\\") ? whole : null;
    if (this.#continued !== null) return;
    const graph = this.#graph;
    graph.lines.push({ line: whole, target: this.#target });
    if (this.#place === null || graph.targets.has(this.#target)) return;
    graph.targets.set(this.#target, { waitsFor: [], alsoMakes: [], isPhony: false, isOfPattern: false, place: this.#place });
  }

  #variable(line: string): void {
    const goal = /^\.DEFAULT_GOAL :?= (.+)$/.exec(line)?.[1];
    if (goal !== undefined) this.#graph.defaultGoals.add(this.#path(goal));
    const files = /^MAKEFILE_LIST :?= (.*)$/.exec(line)?.[1];
    if (files === undefined) return;
    const [first = null, ...others] = files.split(" ").filter((name) => name !== "").map((name) => this.#path(name));
    this.#mainFile = first;
    for (const file of first === null ? [] : [first, ...others]) this.#graph.ownFiles.add(file);
  }

  #file(line: string): void {
    if (line === "") return this.#close();
    if (line === "# Not a target:") this.#isNoTarget = true;
    else if (line.startsWith("#  Phony target")) this.#said((entry) => { entry.isPhony = true; });
    else if (line === "#  Implicit rule search has been done.") this.#said((entry) => { entry.isSearched = true; });
    // An explicit rule for a name with a known suffix has a stem as well.
    else if (line.startsWith("#  Implicit/static pattern stem: '") && !line.endsWith(": ''")) this.#said((entry) => { entry.isOfPattern = entry.isSearched; });
    else if (line.startsWith("#  Also makes: ")) this.#said((entry) => { entry.alsoMakes.push(...this.#paths(line.slice("#  Also makes: ".length))); });
    else if (line.startsWith("#  recipe to execute (from ")) this.#said((entry) => { entry.place = placeIn(line); });
    else if (!line.startsWith("#") && !line.startsWith("\t") && this.#entry === null && !OWN_VARIABLE.test(line)) this.#begin(line);
  }

  #said(take: (entry: Entry) => void): void {
    if (this.#entry !== null) take(this.#entry);
  }

  #begin(line: string): void {
    const rule = RULE.exec(line);
    if (rule === null || this.#isNoTarget) return;
    const name = rule[1] ?? "";
    if (name === ".NOTPARALLEL" && this.#mainFile !== null) this.#graph.serialFiles.add(this.#mainFile);
    if (/^\.[A-Z_]+$/.test(name)) return;
    this.#entry = { name: this.#path(name), waitsFor: this.#paths((rule[3] ?? "").replaceAll("|", " ")), alsoMakes: [], isPhony: false, isSearched: false, isOfPattern: false, place: null };
  }

  #paths(text: string): string[] {
    return text.split(/\s+/).filter((name) => name !== "" && name !== ".WAIT").map((name) => this.#path(name));
  }

  #close(): void {
    this.#isNoTarget = false;
    const entry = this.#entry;
    this.#entry = null;
    const { targets } = this.#graph;
    if (entry === null || targets.size >= TARGETS_MAX) return;
    // A directory that make was started in twice: what either knows is known.
    const known = targets.get(entry.name);
    targets.set(entry.name, {
      waitsFor: [...new Set([...(known?.waitsFor ?? []), ...entry.waitsFor])], alsoMakes: [...new Set([...(known?.alsoMakes ?? []), ...entry.alsoMakes])],
      isPhony: entry.isPhony || known?.isPhony === true, isOfPattern: entry.isOfPattern || known?.isOfPattern === true, place: known?.place ?? entry.place,
    });
  }
}

function placeIn(line: string): string | null {
  const found = /\(from '(.*)', line (\d+)\)/.exec(line);
  return found === null ? null : `${found[1] ?? ""}:${found[2] ?? ""}`;
}
