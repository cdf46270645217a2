// Signs that something ran out: in what a failed process said, and in the signal that
// ended it. A sign is no proof: it is a condition beside the cause, and the cause only
// where nothing else differs.

import type { TracedProcess } from "../trace.ts";

export type Resource = "memory" | "disk" | "time" | "descriptors" | "port";

const SAID: readonly (readonly [Resource, RegExp])[] = [
  ["memory", /cannot allocate memory|out of memory|memory exhausted|std::bad_alloc|MemoryError|heap limit|oom-kill|\bKilled\b(?= signal terminated|$)/im],
  ["disk", /no space left on device|disk quota exceeded|file (size limit exceeded|too large)|\bENOSPC\b/i],
  ["descriptors", /too many open files|\bEMFILE\b/i],
  ["port", /address already in use|\bEADDRINUSE\b/i],
  ["time", /timed? ?out\b|deadline exceeded/i],
];

/** Source: signal(7). SIGKILL is what the kernel sends when memory is short; anybody else may as well. */
const SIGNALS: ReadonlyMap<number, Resource> = new Map([[9, "memory"], [24, "time"], [25, "disk"], [14, "time"], [15, "time"]]);

export interface Sign {
  readonly resource: Resource;
  /** "TMPDIR" where it was about a file in the temporary folder, else "". */
  readonly name: string;
  readonly text: string;
}

/** The machine's state, which no file of the workspace tells: whoever says so is believed before a change that nobody tried. */
export const IS_STATE: ReadonlySet<Resource> = new Set<Resource>(["disk", "descriptors", "port"]);

/** `exit`: as exitOf tells it. `temporary`: absolute. */
export function signsOf({ failed }: TracedProcess, exit: { readonly how: number; readonly code: number }, temporary: readonly string[]): readonly Sign[] {
  const lines = (failed?.said ?? "").split("\n");
  const signs = SAID.flatMap(([resource, pattern]): readonly Sign[] => {
    const line = lines.find((each) => pattern.test(each)) ?? "";
    const [said] = pattern.exec(line) ?? [];
    const folder = resource === "disk" ? temporary.find((each) => line.includes(`${each}/`)) : undefined;
    if (said === undefined) return [];
    return [folder === undefined ? { resource, name: "", text: `it said "${said}"` } : { resource, name: "TMPDIR", text: `it said "${said}" of a file in the temporary folder "${folder}"` }];
  });
  const number = exit.how === 1 ? exit.code : exit.code > 128 ? exit.code - 128 : 0;
  const resource = SIGNALS.get(number);
  return resource === undefined || signs.some((sign) => sign.resource === resource) ? signs : [...signs, { resource, name: "", text: `signal ${String(number)} ended it` }];
}

export const RESOURCE_TEXT: Readonly<Record<Resource, string>> = {
  memory: "it ran out of memory", disk: "the disk was full, or a file too large", descriptors: "it had too many open files", port: "the port that it listens at was taken", time: "it was given no more time",
};
export const RESOURCE_ADVICE: Readonly<Record<Resource, string>> = {
  memory: "Give it more memory, or run fewer jobs at a time; see \"ulimit -v\" and the limits of the container", disk: "Make room on the disk that it writes to; see \"ulimit -f\" and quotas", descriptors: "Raise \"ulimit -n\", or open fewer files at a time",
  port: "Find out who listens there, or let the system choose a port", time: "Find out who ended it, and whether the limit of time is right",
};
