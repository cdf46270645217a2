// A run as speedscope shows it (speedscope.app): processes by who started them, and
// below each what its time was spent on. Processes run side by side, so this is a
// profile of weights, not of moments. Source: speedscope's file-format-spec.ts.

import { toText } from "../base/path.ts";
import { breakdownOf, PARTS } from "./breakdown.ts";
import { runName, type Ground } from "./ground.ts";
import type { Span, Spans } from "./spans.ts";
import type { Trace } from "./trace.ts";

interface Speedscope {
  readonly $schema: string;
  readonly shared: { readonly frames: readonly { readonly name: string }[] };
  readonly profiles: readonly {
    readonly type: "sampled"; readonly name: string; readonly unit: "microseconds"; readonly startValue: number; readonly endValue: number;
    readonly samples: readonly (readonly number[])[]; readonly weights: readonly number[];
  }[];
  readonly name: string;
  readonly exporter: string;
}

export function speedscopeOf(trace: Trace, spans: Spans, ground: Pick<Ground, "roots">): Speedscope {
  const frames = new Map<string, number>();
  const frame = (name: string): number => {
    const known = frames.get(name);
    if (known !== undefined) return known;
    frames.set(name, frames.size);
    return frames.size - 1;
  };
  const stacks = new Map<Span, readonly number[]>();
  const samples: (readonly number[])[] = [];
  const weights: number[] = [];
  // Parents come before their children.
  for (const span of spans.all) {
    const { program } = span.process;
    const above = span.parent === null ? [] : (stacks.get(span.parent) ?? []);
    const stack = [...above, frame(toText(program.slice(program.lastIndexOf("/") + 1)))];
    stacks.set(span, stack);
    const parts = breakdownOf(span);
    for (const part of PARTS) {
      if (part === "children" || parts[part] === 0) continue;
      samples.push([...stack, frame(`(${part})`)]);
      weights.push(parts[part]);
    }
  }
  const { id, command } = runName(trace, ground);
  const endValue = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json", shared: { frames: [...frames.keys()].map((name) => ({ name })) },
    profiles: [{ type: "sampled", name: command, unit: "microseconds", startValue: 0, endValue, samples, weights }], name: `${command} (run ${id})`, exporter: "fathom",
  };
}
