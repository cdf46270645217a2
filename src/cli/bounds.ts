// How large and how old a store may become, as people write it.

import { fail, ok, type Failure, type Result } from "../base/result.ts";

/** Ten times what the largest benchmark project stores for a hundred edits. */
export const BYTES_MAX = "10GB";
export const DAYS_MAX = "90";

const UNITS: ReadonlyMap<string, number> = new Map([["", 1], ["B", 1], ["K", 1e3], ["KB", 1e3], ["M", 1e6], ["MB", 1e6], ["G", 1e9], ["GB", 1e9], ["T", 1e12], ["TB", 1e12]]);
const NS_PER_DAY = 86_400e9;

/** "500M", "1.5 GB", "0": bytes, in powers of ten. */
export function parseSize(text: string): Result<number, Failure> {
  const [, amount, unit = ""] = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]{0,2})$/.exec(text) ?? [];
  const factor = UNITS.get(unit.toUpperCase());
  if (amount === undefined || factor === undefined) {
    return fail({ code: "bad-size", message: `Cannot understand "${text}" as a size`, advice: "Write for instance 500MB or 10GB" });
  }
  return ok(Math.round(Number(amount) * factor));
}

/** "30", "0.5": days, given back in nanoseconds. */
export function parseDays(text: string): Result<bigint, Failure> {
  if (/^\d{1,6}(\.\d{1,6})?$/.test(text)) return ok(BigInt(Math.round(Number(text) * NS_PER_DAY)));
  return fail({ code: "bad-age", message: `Cannot understand "${text}" as a number of days`, advice: "Write for instance 30" });
}
