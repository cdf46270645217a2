// What answers about a large run cost (large-run.ts has its shape). Compared are two such
// runs between which a header changed that all of it reads. Reading files is not in it.
// Targets: 1 s for an answer, 200 bytes a process.
// node dist/build/bench/answers.js [question ...]

import { decodeTrace } from "../src/explain/decode.ts";
import { Declared } from "../src/explain/declared.ts";
import { align } from "../src/explain/diff/align.ts";
import { diff } from "../src/explain/diff/diff.ts";
import { diffLines } from "../src/explain/diff/diff-text.ts";
import { diffGround, type DiffGround } from "../src/explain/diff/divergence.ts";
import { groundOf, ROOTS } from "../src/explain/fake-trace.ts";
import { wholeRun } from "../src/explain/find.ts";
import type { Ground } from "../src/explain/ground.ts";
import { perfettoOf } from "../src/explain/perfetto.ts";
import { postmortem } from "../src/explain/postmortem/postmortem.ts";
import { postmortemLines } from "../src/explain/postmortem/postmortem-text.ts";
import { profile } from "../src/explain/profile.ts";
import { profileJson } from "../src/explain/profile-json.ts";
import { profileLines } from "../src/explain/profile-text.ts";
import { races } from "../src/explain/races.ts";
import { racesLines } from "../src/explain/races-text.ts";
import { spansOf } from "../src/explain/spans.ts";
import { speedscopeOf } from "../src/explain/speedscope.ts";
import { stepsOf } from "../src/explain/steps.ts";
import { answerLines } from "../src/explain/text.ts";
import type { Trace } from "../src/explain/trace.ts";
import { whatIf } from "../src/explain/whatif.ts";
import { whatIfLines } from "../src/explain/whatif-text.ts";
import { why } from "../src/explain/why.ts";
import { JOBS, LEVEL, largeGraph, largeRun, type LargeRun } from "./large-run.ts";

const ROUNDS = 7;

const green = largeRun({ header: "old", before: null, isRed: false, level: LEVEL });
const changed = largeRun({ header: "new", before: "old", isRed: false, level: LEVEL });
const red = largeRun({ header: "new", before: "old", isRed: true, level: LEVEL });
const renamed = largeRun({ header: "old", before: null, isRed: false, level: "-O3" });
const graph = largeGraph();
const questions: Readonly<Record<string, () => unknown>> = {
  profile: () => { const { trace, spans, steps } = read(); return profileLines(profile(trace, spans, steps), { trace, roots: ROOTS }, false); },
  "profile --json": () => { const { trace, spans, steps } = read(); return JSON.stringify(profileJson(profile(trace, spans, steps), { trace, roots: ROOTS })); },
  whatif: () => { const { trace, steps } = read(); return whatIfLines(whatIf(trace, steps, { jobs: null, processors: JOBS, latencyUs: 50_000 }), { trace, roots: ROOTS }, false); },
  perfetto: () => { const { trace, spans } = read(); return perfettoOf(trace, spans, { roots: ROOTS }); },
  races: () => { const trace = traceIn(green, "large"); return racesLines(races(trace, new Declared([graph]), groundIn([trace], [green])).answer, false); },
  why: () => { const traces = [traceIn(changed, "2"), traceIn(green, "1")] as const; return whyLines(traces, groundIn(traces, [changed, green])); },
  "why, all new": () => { const traces = [traceIn(renamed, "2"), traceIn(green, "1")] as const; return whyLines(traces, groundIn(traces, [renamed, green])); },
  diff: () => { const compared = both(changed); return diffLines(diff(compared), false); },
  postmortem: () => { const compared = both(red); return postmortemLines(postmortem({ ...compared, alignment: align(compared.first, compared.second), changedSince: () => false, wasThere: () => true, isThere: () => true, inOtherCase: () => null, trialsFor: () => null, errorIn: () => null })); },
  speedscope: () => { const { trace, spans } = read(); return JSON.stringify(speedscopeOf(trace, spans, { roots: ROOTS })); },
};

function traceIn({ bytes }: LargeRun, id: string): Trace {
  const decoded = decodeTrace(bytes, id);
  if (!decoded.ok) throw new Error(decoded.failure.message);
  return decoded.value;
}

function read(): { readonly trace: Trace; readonly spans: ReturnType<typeof spansOf>; readonly steps: ReturnType<typeof stepsOf> } {
  const trace = traceIn(green, "large");
  const spans = spansOf(trace);
  return { trace, spans, steps: stepsOf(spans, false) };
}

/** Newest first. */
const groundIn = (traces: readonly Trace[], runs: readonly LargeRun[]): Ground => ({
  ...groundOf(...traces),
  records: { entry: (strongKey) => firstIn(runs, ({ records }) => records.entry(strongKey)), set: (weakKey, set) => firstIn(runs, ({ records }) => records.set(weakKey, set)) },
});

function firstIn<Found>(runs: readonly LargeRun[], find: (run: LargeRun) => Found | null): Found | null {
  for (const run of runs) {
    const found = find(run);
    if (found !== null) return found;
  }
  return null;
}

function both(later: LargeRun): DiffGround {
  const [first, second] = [traceIn(green, "1"), traceIn(later, "2")];
  const ground = groundIn([second, first], [later, green]);
  return diffGround(first, second, ground, { first: ground.records, second: ground.records });
}

function whyLines([newest]: readonly [Trace, Trace], ground: Ground): readonly string[] {
  const found = wholeRun(newest);
  if (found === null) throw new Error("The run has no process");
  return answerLines(why(found.process, found.trace, ground), false);
}

process.stdout.write(`${(green.bytes.length / green.processes).toFixed(1)} bytes a process\n`);
const named = process.argv.slice(2);
for (const [name, ask] of Object.entries(questions).filter(([each]) => named.length === 0 || named.includes(each))) {
  const times = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    ask();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  process.stdout.write(`${name}: first ${(times[0] ?? NaN).toFixed(0)} ms of processor time, at best ${Math.min(...times).toFixed(0)} ms\n`);
}
