// A run of 10,000 processes, made up, with what the store has of it: 3,333 compiles, each
// a shell, a compiler's driver and a compiler. As in a recorded build of that form the
// shells and drivers are stored and have one environment, and each compiler has its own,
// for gcc gives it the options in a variable. Each reads what two earlier ones made.

import { digestOf, type Digest } from "../src/base/digest.ts";
import { absPath } from "../src/base/path.ts";
import { stateFromRecord, decodeSet, encodeSet, encodeStates, type State, type Subject } from "../src/cache/facts.ts";
import { decodeEntry, encodeEntry } from "../src/cache/entry.ts";
import { digestBytes } from "../src/cache/wire.ts";
import type { DeclaredGraph } from "../src/explain/declared-graph.ts";
import { TraceEncoder } from "../src/explain/encode.ts";
import { BEGINNING, HEAD, keyOf, ROOTS } from "../src/explain/fake-trace.ts";
import type { Ground } from "../src/explain/ground.ts";
import { DID } from "../src/explain/touch.ts";

const STEPS = 3333;
const PARTS = ["sh", "gcc", "cc1"];
const PROCESSES = 1 + STEPS * PARTS.length;
export const JOBS = 8;
export const LEVEL = "-O2";
const STEP_US = 300_000;
/** Of one environment, and of what one compile relies on: those of gcc 12 with a few headers. */
const VARIABLES = 36;
const SUBJECTS = 40;

const HEADER = "\x01W/src/all.h";
const WAITED = { children: 0, pipe: 12_345 };
const COUNTED = { delayUs: 1234, systemUs: 20_000, faults: 9000, diskFaults: 0, readBytes: 40_960, writtenBytes: 81_920, peakBytes: 50 * 1024 * 1024 };

export interface LargeRun {
  readonly bytes: Buffer;
  readonly processes: number;
  /** Taken apart each time, as those of a store are. */
  readonly records: Ground["records"];
  readonly stored: readonly StoredUnit[];
}

/** As bytes, for who puts it into a store. */
export interface StoredUnit {
  readonly strongKey: Digest;
  readonly weakKey: Digest;
  readonly entry: Buffer;
  readonly set: Buffer;
}

export interface Difference {
  /** What was in a header that all of them read. */
  readonly header: string;
  /** Against which the verdicts were, and all of them said that the header differs; null: the store was empty. */
  readonly before: string | null;
  /** The last compile fails, and with it the run. */
  readonly isRed: boolean;
  /** In the arguments of all of them: another one makes all commands new. */
  readonly level: string;
}

const imageOf = (step: number, depth: number): number => 2 + step * PARTS.length + depth;
const sourceOf = (step: number): string => `src/module${String(step % 40)}/file${String(step)}`;
const needsOf = (step: number): readonly number[] => (step < 4 * JOBS ? [] : [step - 3 * JOBS - 1, step - 2 * JOBS - 2]);
const strongKeyOf = (step: number, depth: number, header: string): ReturnType<typeof keyOf> => keyOf(`${String(step)} ${String(depth)} ${header}`);

function argvOf(step: number, part: string, level: string): readonly string[] {
  const words = [level, "-Wall", "-Iinclude", "-c", `${sourceOf(step)}.c`, "-o", `${sourceOf(step)}.o`];
  return part === "sh" ? ["/bin/sh", "-c", lineOf(step, level)] : [part, ...words];
}

const lineOf = (step: number, level: string): string => `gcc ${level} -Wall -Iinclude -c ${sourceOf(step)}.c -o ${sourceOf(step)}.o && true`;

export function largeRun({ header, before, isRed, level }: Difference): LargeRun {
  const encoder = new TraceEncoder();
  const stored: StoredUnit[] = [];
  const common = Array.from({ length: VARIABLES }, (_, index) => encoder.pair(`VARIABLE_${String(index)}`, "0011223344556677".slice(0, 12)));
  const plain = encoder.environment(new Set(common));
  const lasts = Math.ceil(STEPS / JOBS) * STEP_US;
  const exit = (step: number): number => (isRed && step === STEPS - 1 ? 1 : 0);
  let sequence = 1;
  encoder.began({ ...BEGINNING, image: 1, program: "/usr/bin/make", argv: ["make", "-j8"], environment: plain });
  for (let step = 0; step < STEPS; step++) {
    const startUs = Math.floor(step / JOBS) * STEP_US + (step % JOBS) * 1000;
    const began = sequence;
    for (const [depth, part] of PARTS.entries()) {
      const image = imageOf(step, depth);
      const environment = part === "cc1" ? encoder.environment(new Set([...common, encoder.pair("COLLECT_GCC_OPTIONS", keyOf(sourceOf(step)).slice(0, 12))])) : plain;
      encoder.began({ ...BEGINNING, image, parent: depth === 0 ? 1 : image - 1, startedUs: startUs + depth * 2000, program: `/usr/bin/${part}`, argv: argvOf(step, part, level), weakKey: keyOf(`${String(step)} ${part} ${level}`).slice(0, 16), environment });
    }
    for (const [depth, part] of [...PARTS.entries()].reverse()) {
      const image = imageOf(step, depth);
      encoder.took(image, { counted: COUNTED, counters: null, waitedUs: WAITED });
      encoder.ended(image, { endedUs: startUs + STEP_US - 20_000 - depth * 1000, how: 0, code: exit(step), successor: 0, cpuUs: 60_000 });
      const isStored = part !== "cc1" && exit(step) === 0;
      encoder.came(image, isStored ? { kind: "stored", strongKey: strongKeyOf(step, depth, header) } : { kind: "passed", reason: exit(step) === 0 ? "part" : "failed" });
      if (part !== "cc1" && before !== null) encoder.missed(image, { kind: "differs", strongKey: strongKeyOf(step, depth, before), differences: [{ kind: "content", name: HEADER, what: "content", listings: null }], total: 1 });
      if (isStored) stored.push(unitOf(step, depth, header));
      const order = { began: began + depth, ended: began + 20 - depth, links: { input: 0, output: 0, error: 0, isLinked: false, hears: false } };
      const needs = part === "cc1" ? needsOf(step) : [];
      if (needs.length > 0) encoder.used(image, needs.map((each) => imageOf(each, 2)), []);
      const object = `\x01W/${sourceOf(step)}.o`;
      if (part === "cc1") encoder.changed(image, [{ how: "wrote", at: object }]);
      encoder.touched({ image, order, touches: part !== "cc1" ? [] : [
        ...needs.map((each) => ({ at: `\x01W/${sourceOf(each)}.o`, did: DID.read, looked: [began + 4, began + 4] as const, changed: null })),
        { at: object, did: DID.wrote | DID.created, looked: null, changed: [began + 6, began + 6] as const },
      ] });
    }
    // Eight at a time: they overlap.
    sequence += step % JOBS === JOBS - 1 ? 40 : 2;
  }
  if (isRed) encoder.failed(imageOf(STEPS - 1, 1), { said: "src/all.h:1:1: error: unknown type name", sought: [{ at: HEADER, isThere: true }] });
  encoder.ended(1, { endedUs: lasts, how: 0, code: isRed ? 2 : 0, successor: 0, cpuUs: 100_000 });
  encoder.came(1, { kind: "passed", reason: "barren" });
  const bytes = encoder.finish({ ...HEAD, wallUs: lasts, processes: PROCESSES, exit: { how: 0, code: isRed ? 2 : 0 } });
  return { bytes, processes: PROCESSES, stored, records: recordsOf(stored) };
}

function unitOf(step: number, depth: number, header: string): StoredUnit {
  const own = [`\x01W/${sourceOf(step)}.c`, HEADER, ...needsOf(step).map((each) => `\x01W/${sourceOf(each)}.o`)];
  const names = [...own, ...Array.from({ length: SUBJECTS - own.length }, (_, index) => `/usr/include/header${String(index)}.h`)];
  const subjects = names.map((name): Subject => ({ kind: "content", name }));
  const stateOf = (name: string): State => stateFromRecord(`F${digestBytes(keyOf(name === HEADER ? header : name))}\xa4\x01`);
  const set = encodeSet(subjects);
  const weakKey = keyOf(`${String(step)} ${String(depth)}`);
  const entry = encodeEntry({
    weakKey, set: digestOf(set), states: encodeStates(names.map(stateOf)), program: `/usr/bin/${PARTS[depth] ?? ""}`, exitCode: 0, cpuNs: 60_000_000n, moves: [], output: null, isSharable: true,
    effects: [{ kind: "file", at: ROOTS.tokenise(absPath(`/w/${sourceOf(step)}.o`)), content: keyOf(`${header} ${String(step)}`), sizeBytes: 40_960, permissions: 0o644, time: { kind: "written", rank: 0 }, group: 0 }],
  });
  return { strongKey: strongKeyOf(step, depth, header), weakKey, entry, set };
}

function recordsOf(stored: readonly StoredUnit[]): Ground["records"] {
  const entries = new Map(stored.map(({ strongKey, entry }) => [strongKey, entry]));
  const sets = new Map(stored.map(({ set }) => [digestOf(set), set]));
  return {
    entry: (strongKey) => { const bytes = entries.get(strongKey); const decoded = bytes === undefined ? null : decodeEntry(bytes); return decoded?.ok === true ? decoded.value : null; },
    set: (_weakKey, set) => { const bytes = sets.get(set); const decoded = bytes === undefined ? null : decodeSet(bytes); return decoded?.ok === true ? decoded.value : null; },
  };
}

/** What make would say of it: each object waits for its two, and its source. */
export function largeGraph(): DeclaredGraph {
  const steps = Array.from({ length: STEPS }, (_, step) => step);
  return {
    tool: "make", folder: "/w", ownFiles: new Set(["/w/Makefile"]), serialFiles: new Set(), defaultGoals: new Set(), learned: new Map(), lines: steps.map((step) => ({ line: lineOf(step, LEVEL), target: `/w/${sourceOf(step)}.o` })),
    targets: new Map(steps.map((step) => [`/w/${sourceOf(step)}.o`, {
      waitsFor: [`/w/${sourceOf(step)}.c`, "/w/src/all.h", ...needsOf(step).map((each) => `/w/${sourceOf(each)}.o`)], alsoMakes: [], isOfPattern: false, isPhony: false, place: "Makefile:1",
    }])),
  };
}
