// Times, parts and sizes as a person reads them in an answer about a run.

const US_PER_MS = 1000;
const US_PER_S = 1_000_000;

/** "340 ms", "6.1 s", "3 min 20 s". */
export function timeOf(us: number): string {
  if (us < US_PER_S) return `${String(Math.round(us / US_PER_MS))} ms`;
  if (us < 60 * US_PER_S) return `${(us / US_PER_S).toFixed(1)} s`;
  return `${String(Math.floor(us / (60 * US_PER_S)))} min ${String(Math.floor((us / US_PER_S) % 60))} s`;
}

/** "12 %" */
export const partOf = (us: number, wholeUs: number): string => `${String(wholeUs <= 0 ? 0 : Math.round((100 * us) / wholeUs))} %`;

/** "-1.2 %": with its sign, and a tenth. */
export const offBy = (predictedUs: number, measuredUs: number): string => {
  const percent = measuredUs <= 0 ? 0 : (100 * (predictedUs - measuredUs)) / measuredUs;
  return `${percent >= 0 ? "+" : ""}${percent.toFixed(1)} %`;
};

/** "210 MB": powers of ten. */
export const bytesOf = (bytes: number): string => (bytes < 1_000_000 ? `${String(Math.ceil(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`);
