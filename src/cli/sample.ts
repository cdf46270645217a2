// What may stand behind "--verify=" and "--perturb=". native/supervisor/main.c reads the same.

const PERCENT_MAX = 100;
const SEED_MAX = 2 ** 32 - 1;

/** Of `--perturb=7`: which schedule. */
export const isSeed = (text: string): boolean => /^\d{1,10}$/.test(text) && Number(text) <= SEED_MAX;

/** "5%", or "5%:7" with the seed that chooses which. */
export function isSample(text: string): boolean {
  const [, percent, seed = "0"] = /^(\d{1,3})%(?::(\d{1,10}))?$/.exec(text) ?? [];
  return percent !== undefined && Number(percent) <= PERCENT_MAX && Number(seed) <= SEED_MAX;
}
