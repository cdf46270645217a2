// --cache=local:rw: whether what is stored is replayed, and whether anything is
// stored; as turbo writes it. native/supervisor/tasks.c reads the same list.

import { fail, ok, type Failure, type Result } from "../base/result.ts";

export interface CacheUse {
  readonly reads: boolean;
  readonly writes: boolean;
}

/** What is not named is not used: "remote:r" alone means nothing local, and "" nothing at all. */
export function parseCacheSpec(text: string): Result<CacheUse, Failure> {
  const wrong = (found: string): Result<never, Failure> => fail({
    code: "cache-spec-invalid", message: `Cannot use --cache=${text}: ${found}`,
    advice: "Write local:rw (the default), local:r (replay, store nothing), local:w (run everything, then store it) or local: (neither)",
  });
  const seen = new Set<string>();
  let local: CacheUse = { reads: false, writes: false };
  for (const part of text === "" ? [] : text.split(",")) {
    const [, source, use] = /^(\w+):(r|w|rw|wr)?$/.exec(part) ?? [];
    if (source !== "local" && source !== "remote") return wrong(`expected "local:" or "remote:" and then r, w, rw or nothing, not "${part}"`);
    if (seen.has(source)) return wrong(`"${source}" is there twice`);
    seen.add(source);
    if (source === "remote" && use !== undefined) return fail({ code: "cache-spec-invalid", message: `Cannot use --cache=${text}: there is no remote cache yet`, advice: "Leave \"remote:\" out" });
    if (source === "local") local = { reads: use?.includes("r") === true, writes: use?.includes("w") === true };
  }
  return ok(local);
}
