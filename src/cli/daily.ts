// Once a day a run leaves somebody behind who collects what was not used for
// long: afterwards, at low priority, so that no build waits for it.

import type { Clock } from "../base/clock.ts";
import type { Disk } from "../base/disk.ts";
import { absPath, fromText, toText, type AbsPath } from "../base/path.ts";
import { isSignature, mtimeNsOf } from "../base/signature.ts";

const DAY_NS = 86_400_000_000_000n;
const LOWEST_PRIORITY = 19;

/** Whether it is this run's turn; then it is nobody else's for a day. */
export function takeTurn(root: AbsPath, disk: Disk, clock: Clock): boolean {
  const stamp = absPath(`${root}/collected`);
  const [state] = disk.signatures([stamp]);
  const nowNs = clock.realtimeNs();
  if (state === null) disk.createFile(stamp, Buffer.alloc(0), 0o644);
  if (!isSignature(state) || mtimeNsOf(state) > nowNs - DAY_NS) return false;
  return disk.setModified(stamp, nowNs).ok;
}

/** Does not wait for it. What fails is tried again tomorrow. */
export async function leaveCollector(root: AbsPath, program: string): Promise<void> {
  const store = toText(root);
  if (fromText(store) !== root) return; // Not UTF-8: no environment of ours can name it.
  const [{ spawn }, { setPriority }] = await Promise.all([import("node:child_process"), import("node:os")]);
  const child = spawn(process.execPath, [program, "cache", "gc"], { detached: true, stdio: "ignore", env: { ...process.env, FATHOM_STORE: store } });
  child.once("error", () => undefined);
  if (child.pid !== undefined) setPriority(child.pid, LOWEST_PRIORITY);
  child.unref();
}
