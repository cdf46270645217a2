// What a trace costs: the engine's time for each process that it is told of, and
// bytes. Two kinds of processes: 1,000 times the same small one, and 1,000 compiles,
// each with a file, arguments and an environment of its own.
// node dist/build/bench/trace.js

import { absPath } from "../src/base/path.ts";
import { digestOf } from "../src/base/digest.ts";
import { Roots } from "../src/cache/roots.ts";
import { Recorder } from "../src/explain/recorder.ts";
import { encodeRecord } from "../src/ledger/encode.ts";
import { inOrder, opened, wrote } from "../src/ledger/fake.ts";
import type { End, Exec } from "../src/tap/messages.ts";
import { fake as messages } from "./trace-messages.ts";

const COUNT = 1000;
const ROUNDS = 15;

const roots = new Roots(absPath("/home/ann/project"), absPath("/home/ann"), absPath("/tmp"));

interface Measured {
  readonly bytes: number;
  readonly ms: number;
}

type Told = readonly { readonly exec: Exec; readonly end: End; readonly ledger: readonly Buffer[] }[];

function toldOf(kind: "small" | "compile"): Told {
  return Array.from({ length: COUNT }, (_, at) => {
    const looks = Array.from({ length: 80 }, (__, file) => opened(`/usr/include/header${String(file)}.h`, file));
    return { ...messages.process(kind, at + 1), ledger: [Buffer.concat(inOrder([...looks, wrote(`/home/ann/project/out/${String(at)}.o`, null)]).map(encodeRecord))] };
  });
}

/** Processor time: whoever else uses the machine does not count. */
function measure(kind: "small" | "compile", told: Told): Measured {
  let bytes = 0;
  const recorder = new Recorder({
    hello: messages.hello, roots, disk: { list: () => null, signatures: () => [], hashFiles: () => [] }, salt: Buffer.alloc(16, 7), inline: () => "", keep: (trace) => { bytes = trace.length; },
  });
  const before = process.cpuUsage();
  for (const [at, { exec, end, ledger }] of told.entries()) {
    recorder.began(exec, { kind: "ran" });
    recorder.ended(end, ledger);
    recorder.came(exec.image, kind === "small" ? { kind: "passed", reason: "trivial" } : { kind: "stored", strongKey: digestOf(Buffer.from(String(at))) });
  }
  recorder.done(messages.done, messages.result(COUNT));
  const { user, system } = process.cpuUsage(before);
  return { bytes, ms: (user + system) / 1000 };
}

for (const kind of ["small", "compile"] as const) {
  const told = toldOf(kind);
  const rounds = Array.from({ length: ROUNDS }, () => measure(kind, told));
  const sorted = rounds.map(({ ms }) => ms).sort((a, b) => a - b);
  const bytes = rounds[0]?.bytes ?? 0;
  process.stdout.write(`${kind}: ${(bytes / COUNT).toFixed(1)} bytes a process; ${(sorted[Math.floor(ROUNDS / 2)] ?? 0).toFixed(1)} ms for ${String(COUNT)} (first ${(rounds[0]?.ms ?? 0).toFixed(1)})\n`);
}
