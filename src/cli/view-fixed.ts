// The one time that everything in a deterministic view has.

import type { Environment } from "./render.ts";

/** The first day that ZIP can store: 1980-01-01. */
const EARLIEST_S = 315_532_800;

/** SOURCE_DATE_EPOCH, if it is set to a time. Source: reproducible-builds.org/specs/source-date-epoch. */
export function fixedTimeIn(env: Environment): number {
  const text = env["SOURCE_DATE_EPOCH"] ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : EARLIEST_S;
}
