// `fathom doctor`: asks the machine, then says what checks.ts makes of it.

import { spawnSync } from "node:child_process";
import { release } from "node:os";
import { toText } from "../../base/path.ts";
import { isThere, readText } from "../../base/scratch.ts";
import { volumeOf } from "../../base/volume.ts";
import { checksOf, parseProbes, type Found } from "../checks.ts";
import { nativeProgram, packageRoot } from "../places.ts";
import type { Environment, Printer } from "../render.ts";
import { userStoreFolder } from "../user-store.ts";

const YAMA = "/proc/sys/kernel/yama/ptrace_scope";

const setting = (path: string): string | null => (isThere(path) ? readText(path).trim() : null);

function firstLine(program: string, args: readonly string[]): string | null {
  const run = spawnSync(program, args, { encoding: "utf8" });
  return run.error === undefined && run.status === 0 ? (run.stdout.split("\n")[0] ?? "") : null;
}

function probe(): Pick<Found, "probes" | "probeFailure"> {
  const program = nativeProgram(packageRoot());
  if (!isThere(program)) return { probes: null, probeFailure: `there is no "${program}"; install gcc and make, then run npm rebuild` };
  const run = spawnSync(program, ["--probe"], { encoding: "utf8" });
  const ended = run.error?.message ?? `it ended with ${run.signal ?? String(run.status)}`;
  if (run.status !== 0) return { probes: null, probeFailure: ended };
  const probes = parseProbes(run.stdout);
  return { probes, probeFailure: probes === null ? "it is of another version" : "" };
}

export function doctor(env: Environment, isJson: boolean, print: Printer): number {
  const located = userStoreFolder(env);
  const store = located.ok ? volumeOf(toText(located.value)) : null;
  const checks = checksOf({
    kernel: release(),
    nodeVersion: process.version,
    compiler: firstLine("cc", ["--version"]),
    ...probe(),
    yama: setting(YAMA),
    switches: {
      apparmorRestricts: setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
      unprivilegedClone: setting("/proc/sys/kernel/unprivileged_userns_clone"),
      userNamespacesMax: setting("/proc/sys/user/max_user_namespaces"),
    },
    store: store ?? (located.ok ? "" : located.failure.message),
    isStoreOnWorkspaceDisk: volumeOf(process.cwd()).device === store?.device,
  });
  if (isJson) {
    print.value(checks);
  } else {
    for (const { works, text, cost } of checks) {
      print.say(`${works ? print.green("yes") : print.red("no ")}  ${text}`);
      if (cost !== undefined) print.say(`     ${cost}`);
    }
  }
  return 0;
}
