// Samples to a table: medians, and the median of the ratios within pairs, so
// that a machine that slows down half-way does not decide. Pure.

export const STAGES = ["first", "clean", "again", "still", "edit"] as const;
export type Stage = (typeof STAGES)[number];
export type Tool = "bare" | "fathom";

export interface Sample {
  readonly scenario: string;
  readonly pair: number;
  readonly tool: Tool;
  readonly stage: Stage;
  readonly ms: number;
  /** Processor time of all that ran; does not depend on what else the machine does. */
  readonly cpuMs: number;
  /** Names whose content, type or permissions are not those of the bare build. */
  readonly differing: readonly string[];
  readonly summary: unknown;
}

const TITLES: Readonly<Record<Stage, string>> = { first: "first run", clean: "after clean", again: "nothing changed", still: "nothing changed, twice", edit: "after one edit" };

/** Of an even count the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? NaN, sorted[sorted.length >> 1] ?? NaN];
  return (low + high) / 2;
}

/** Less than the kernel counts would be divided by otherwise. */
const CPU_GRAIN_MS = 5;

const seconds = (ms: number): string => (ms < 10_000 ? (ms / 1000).toFixed(2) : (ms / 1000).toFixed(1));

/** One row a stage. */
export function markdown(samples: readonly Sample[]): string {
  const rows = ["| scenario | stage | bare s | fathom s | ratio | processor time | pairs | outputs |", "|---|---|---:|---:|---:|---:|---:|---|"];
  for (const scenario of new Set(samples.map((sample) => sample.scenario))) {
    for (const stage of STAGES) {
      const of = (tool: Tool): readonly Sample[] => samples.filter((sample) => sample.scenario === scenario && sample.stage === stage && sample.tool === tool);
      const [bare, ours] = [of("bare"), of("fathom")];
      const ratiosOf = (value: (sample: Sample) => number): readonly number[] =>
        ours.flatMap((sample) => bare.filter((other) => other.pair === sample.pair).map((other) => value(sample) / Math.max(value(other), CPU_GRAIN_MS)));
      const ratios = ratiosOf(({ ms }) => ms);
      const differing = new Set(ours.flatMap((sample) => sample.differing)).size;
      rows.push(
        `| ${scenario} | ${TITLES[stage]} | ${seconds(median(bare.map((sample) => sample.ms)))} | ${seconds(median(ours.map((sample) => sample.ms)))} ` +
          `| ${median(ratios).toFixed(3)} | ${median(ratiosOf(({ cpuMs }) => cpuMs)).toFixed(3)} | ${ratios.length} | ${differing === 0 ? "identical" : `${differing} differ`} |`,
      );
    }
  }
  return rows.join("\n");
}
