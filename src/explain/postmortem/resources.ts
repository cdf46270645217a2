// Signs that something ran out: in what a failed process said, and in the signal that
// ended it. A sign is no proof: it is a condition beside the cause, and the cause only
// where nothing else differs.

import type { TracedProcess } from "../trace.ts";

export type Resource = "memory" | "disk" | "time" | "descriptors";

const SAID: readonly (readonly [Resource, RegExp])[] = [
  ["memory", /cannot allocate memory|out of memory|memory exhausted|std::bad_alloc|MemoryError|heap limit|oom-kill|\bKilled\b(?= signal terminated|$)/im],
  ["disk", /no space left on device|disk quota exceeded|file (size limit exceeded|too large)|\bENOSPC\b/i],
  ["descriptors", /too many open files|\bEMFILE\b/i],
  ["time", /timed? ?out\b|deadline exceeded/i],
];

/** Source: signal(7). SIGKILL is what the kernel sends when memory is short; anybody else may as well. */
const SIGNALS: ReadonlyMap<number, Resource> = new Map([[9, "memory"], [24, "time"], [25, "disk"], [14, "time"], [15, "time"]]);

export interface Sign {
  readonly resource: Resource;
  readonly text: string;
}

/** `exit`: as exitOf tells it. */
export function signsOf({ failed }: TracedProcess, exit: { readonly how: number; readonly code: number }): readonly Sign[] {
  const signs = SAID.flatMap(([resource, pattern]) => {
    const said = pattern.exec(failed?.said ?? "");
    return said === null ? [] : [{ resource, text: `it said "${said[0]}"` }];
  });
  const number = exit.how === 1 ? exit.code : exit.code > 128 ? exit.code - 128 : 0;
  const resource = SIGNALS.get(number);
  return resource === undefined || signs.some((sign) => sign.resource === resource) ? signs : [...signs, { resource, text: `signal ${String(number)} ended it` }];
}

export const RESOURCE_TEXT: Readonly<Record<Resource, string>> = {
  memory: "it ran out of memory", disk: "the disk was full, or a file too large", descriptors: "it had too many open files", time: "it was given no more time",
};
export const RESOURCE_ADVICE: Readonly<Record<Resource, string>> = {
  memory: "Give it more memory, or run fewer jobs at a time; see \"ulimit -v\" and the limits of the container", disk: "Make room on the disk that it writes to; see \"ulimit -f\" and quotas", descriptors: "Raise \"ulimit -n\", or open fewer files at a time",
  time: "Find out who ended it, and whether the limit of time is right",
};
