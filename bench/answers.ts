// What answers about a large run cost: a trace of 10,000 processes, made up, in which
// each step has a shell, a compiler's driver and a compiler, and reads what two earlier
// ones wrote. Targets: 1 s for an answer, 200 bytes a process.
// node dist/build/bench/answers.js

import { decodeTrace } from "../src/explain/decode.ts";
import { TraceEncoder } from "../src/explain/encode.ts";
import { BEGINNING, HEAD, ROOTS } from "../src/explain/fake-trace.ts";
import { perfettoOf } from "../src/explain/perfetto.ts";
import { profile } from "../src/explain/profile.ts";
import { profileJson } from "../src/explain/profile-json.ts";
import { profileLines } from "../src/explain/profile-text.ts";
import { spansOf } from "../src/explain/spans.ts";
import { speedscopeOf } from "../src/explain/speedscope.ts";
import { stepsOf } from "../src/explain/steps.ts";
import { whatIf } from "../src/explain/whatif.ts";
import { whatIfLines } from "../src/explain/whatif-text.ts";

const STEPS = 3333;
const PARTS = ["sh", "gcc", "cc1"];
const JOBS = 8;
const STEP_US = 300_000;
const ROUNDS = 7;

const lastImage = (step: number): number => 1 + (step + 1) * PARTS.length;

function bytesOf(): Buffer {
  const encoder = new TraceEncoder();
  const waited = { children: 0, pipe: 12_345 };
  const counted = { delayUs: 1234, systemUs: 20_000, faults: 9000, diskFaults: 0, readBytes: 40_960, writtenBytes: 81_920, peakBytes: 50 * 1024 * 1024 };
  const lasts = Math.ceil(STEPS / JOBS) * STEP_US;
  encoder.began({ ...BEGINNING, image: 1, program: "/usr/bin/make", argv: ["make", "-j8"] });
  for (let step = 0; step < STEPS; step++) {
    const startUs = Math.floor(step / JOBS) * STEP_US + (step % JOBS) * 1000;
    for (const [depth, part] of PARTS.entries()) {
      const image = 2 + step * PARTS.length + depth;
      encoder.began({ ...BEGINNING, image, parent: depth === 0 ? 1 : image - 1, startedUs: startUs + depth * 2000, program: `/usr/bin/${part}`, argv: [part, "-c", `src/module${String(step % 40)}/file${String(step)}.c`] });
    }
    for (const [depth] of [...PARTS.entries()].reverse()) {
      const image = 2 + step * PARTS.length + depth;
      encoder.took(image, { counted, counters: null, waitedUs: waited });
      encoder.ended(image, { endedUs: startUs + STEP_US - 20_000 - depth * 1000, how: 0, code: 0, successor: 0, cpuUs: 60_000 });
      if (depth === PARTS.length - 1 && step >= 4 * JOBS) encoder.used(image, [lastImage(step - 3 * JOBS) - 1, lastImage(step - 2 * JOBS - 1) - 1], []);
    }
  }
  encoder.ended(1, { endedUs: lasts, how: 0, code: 0, successor: 0, cpuUs: 100_000 });
  return encoder.finish({ ...HEAD, wallUs: lasts, processes: 1 + STEPS * PARTS.length });
}

const bytes = bytesOf();
const questions: Readonly<Record<string, () => unknown>> = {
  profile: () => { const { trace, spans, steps } = read(); return profileLines(profile(trace, spans, steps), { trace, roots: ROOTS }, false); },
  "profile --json": () => { const { trace, spans, steps } = read(); return JSON.stringify(profileJson(profile(trace, spans, steps), { trace, roots: ROOTS })); },
  whatif: () => { const { trace, steps } = read(); return whatIfLines(whatIf(trace, steps, { jobs: null, processors: JOBS, latencyUs: 50_000 }), { trace, roots: ROOTS }, false); },
  perfetto: () => { const { trace, spans } = read(); return perfettoOf(trace, spans, { roots: ROOTS }); },
  speedscope: () => { const { trace, spans } = read(); return JSON.stringify(speedscopeOf(trace, spans, { roots: ROOTS })); },
};

function read(): { readonly trace: Parameters<typeof profile>[0]; readonly spans: Parameters<typeof profile>[1]; readonly steps: Parameters<typeof profile>[2] } {
  const decoded = decodeTrace(bytes, "large");
  if (!decoded.ok) throw new Error(decoded.failure.message);
  const spans = spansOf(decoded.value);
  return { trace: decoded.value, spans, steps: stepsOf(spans, false) };
}

process.stdout.write(`${(bytes.length / (1 + STEPS * PARTS.length)).toFixed(1)} bytes a process\n`);
for (const [name, ask] of Object.entries(questions)) {
  const times = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    ask();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  process.stdout.write(`${name}: first ${(times[0] ?? NaN).toFixed(0)} ms of processor time, at best ${Math.min(...times).toFixed(0)} ms\n`);
}
