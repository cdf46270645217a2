// Samples to a table: medians, and the median of the ratios within pairs, so
// that a machine that slows down half-way does not decide. Pure.

export const STAGES = ["first", "clean", "again", "still", "edit"] as const;
export type Stage = (typeof STAGES)[number];
export type Tool = "bare" | "fathom" | "firebuild" | "ccache";

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

/** Ratios to the bare build of the same round. */
function ratios(samples: readonly Sample[], of: readonly Sample[], value: (sample: Sample) => number): readonly number[] {
  const bare = samples.filter(({ tool }) => tool === "bare");
  return of.flatMap((sample) =>
    bare.filter((other) => other.scenario === sample.scenario && other.stage === sample.stage && other.pair === sample.pair)
      .map((other) => value(sample) / Math.max(value(other), CPU_GRAIN_MS)));
}

/** One row a stage; for each tool its time, and the ratios of that and of processor time. */
export function comparison(samples: readonly Sample[], tools: readonly Tool[]): string {
  const others = tools.filter((tool) => tool !== "bare");
  const rows = [`| scenario | stage | bare s | ${others.map((tool) => `${tool} s | ratio | cpu`).join(" | ")} | rounds | outputs that differ |`, `|---|---|---:|${"---:|".repeat(others.length * 3)}---:|---|`];
  for (const scenario of new Set(samples.map((sample) => sample.scenario))) {
    for (const stage of STAGES) {
      const of = (tool: Tool): readonly Sample[] => samples.filter((sample) => sample.scenario === scenario && sample.stage === stage && sample.tool === tool);
      const cells = others.map((tool) => `${seconds(median(of(tool).map(({ ms }) => ms)))} | ${median(ratios(samples, of(tool), ({ ms }) => ms)).toFixed(3)} | ${median(ratios(samples, of(tool), ({ cpuMs }) => cpuMs)).toFixed(3)}`);
      const differing = others.flatMap((tool) => {
        const count = new Set(of(tool).flatMap((sample) => sample.differing)).size;
        return count === 0 ? [] : [`${tool} ${count}`];
      });
      const bare = of("bare");
      rows.push(`| ${scenario} | ${TITLES[stage]} | ${seconds(median(bare.map(({ ms }) => ms)))} | ${cells.join(" | ")} | ${bare.length} | ${differing.length === 0 ? "none" : differing.join(", ")} |`);
    }
  }
  return rows.join("\n");
}

/** A sentence for each stage in which outputs are not those of the bare build. */
export function wrongOutputs(samples: readonly Sample[]): readonly string[] {
  return samples.filter(({ differing }) => differing.length > 0)
    .map(({ scenario, stage, pair, tool, differing }) => `${scenario}, ${stage}, pair ${pair + 1}: ${tool} differs from the bare build: ${differing.slice(0, 10).join(", ")}`);
}

const ownMsOf = ({ summary }: Sample): number => (typeof summary === "object" && summary !== null && "ownMs" in summary && typeof summary.ownMs === "number" ? summary.ownMs : NaN);

/**
 * What Fathom's own processes took, as a part of what the rest of the same run took. It knows no second run, so it does not depend on
 * whether the machine was as fast then; what observing costs in the programs themselves is not in it.
 */
export const ownShare = (samples: readonly Sample[]): number => median(samples.map((sample) => ownMsOf(sample) / Math.max(sample.cpuMs - ownMsOf(sample), CPU_GRAIN_MS)));

function shareText(samples: readonly Sample[]): string {
  const share = ownShare(samples);
  return Number.isNaN(share) ? "-" : `${(share * 100).toFixed(1)} %`;
}

/** One row a stage. */
export function markdown(samples: readonly Sample[]): string {
  const rows = ["| scenario | stage | bare s | fathom s | ratio | processor time | Fathom's own | pairs | outputs |", "|---|---|---:|---:|---:|---:|---:|---:|---|"];
  for (const scenario of new Set(samples.map((sample) => sample.scenario))) {
    for (const stage of STAGES) {
      const of = (tool: Tool): readonly Sample[] => samples.filter((sample) => sample.scenario === scenario && sample.stage === stage && sample.tool === tool);
      const [bare, ours] = [of("bare"), of("fathom")];
      const wall = ratios(samples, ours, ({ ms }) => ms);
      const differing = new Set(ours.flatMap((sample) => sample.differing)).size;
      rows.push(
        `| ${scenario} | ${TITLES[stage]} | ${seconds(median(bare.map((sample) => sample.ms)))} | ${seconds(median(ours.map((sample) => sample.ms)))} ` +
          `| ${median(wall).toFixed(3)} | ${median(ratios(samples, ours, ({ cpuMs }) => cpuMs)).toFixed(3)} | ${stage === "first" ? shareText(ours) : "-"} | ${wall.length} | ${differing === 0 ? "identical" : `${differing} differ`} |`,
      );
    }
  }
  return rows.join("\n");
}
