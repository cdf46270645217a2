// An open file of another process that we started, while something is done with it.

import { closeSync } from "node:fs";
import type { Native } from "./native.ts";

/** `act` gets a descriptor of ours for the same open file; a negative number is -errno. It is closed afterwards, or it would keep open what the other one closes. */
export function withForeignDescriptor<T>(native: Pick<Native, "takeDescriptor">, process: number, descriptor: number, act: (taken: number) => T): T {
  const taken = native.takeDescriptor(process, descriptor);
  try {
    return act(taken);
  } finally {
    if (taken >= 0) closeSync(taken);
  }
}
