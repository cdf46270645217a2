// Messages of processes that never ran, for measuring what is made of them.

import { digestOf } from "../src/base/digest.ts";
import type { RunResult } from "../src/run/tally.ts";
import type { Done, End, Exec, Hello } from "../src/tap/messages.ts";

const stream = { kind: 3, access: 0, dev: 1n, ino: 1n };
const VARIABLES = Array.from({ length: 30 }, (_, at) => `VARIABLE_${String(at)}=some value of it ${String(at)}`);
const OPTIONS = ["-O2", "-Wall", "-Wextra", "-fPIC", "-DNDEBUG", "-I/home/ann/project/include", "-isystem", "/usr/include", "-std=c11", "-g"];

function exec(kind: "small" | "compile", image: number): Exec {
  const name = `src/module${String(image % 40)}/file${String(image)}`;
  const argv = kind === "small" ? ["/bin/true"] : ["cc", ...OPTIONS, "-MF", `${name}.d`, "-o", `${name}.o`, "-c", `${name}.c`];
  const env = kind === "small" ? VARIABLES : [...VARIABLES, `TARGET=${name}`];
  return {
    kind: "exec", question: 0, image, parent: 1, pid: image, seq: image * 100, startedNs: 1_700_000_000_000_000_000n + BigInt(image) * 2_345_678n, weakKey: digestOf(Buffer.from(argv.join(" "))), umask: 0o22, flags: 0,
    streams: [stream, stream, stream], inherited: [], path: kind === "small" ? "/bin/true" : "/usr/bin/cc", cwd: "/home/ann/project", argv, env,
  };
}

export const fake = {
  hello: {
    kind: "hello", version: 1, ledgerVersion: 1, flags: 0, verifyPercent: 0, verifySeed: 0, pid: 1, workspace: "/home/ann/project", home: "/home/ann", temporary: "/tmp", cwd: "/home/ann/project", store: "/s", command: ["make"],
  } satisfies Hello,
  process: (kind: "small" | "compile", image: number): { readonly exec: Exec; readonly end: End } => {
    const started = exec(kind, image);
    return { exec: started, end: { kind: "end", image, how: 0, code: 0, successor: 0, exitSeq: image * 100 + 50, endedNs: started.startedNs + 1_234_567n, cpuNs: 1_000_000, flags: 0, chunks: [] } };
  },
  done: { kind: "done", how: 0, code: 0, processes: 1, notifications: 1, startedNs: 1_700_000_000_000_000_000n, endedNs: 1_700_000_001_000_000_000n, supervisorNs: 1n } satisfies Done,
  result: (processes: number): RunResult => ({ processes, replayed: 0, ran: processes, notStored: 0, savedNs: 0n, wallNs: 1_000_000_000n, supervisorNs: 1n, doubt: null }),
};
