// Places that refuse what Fathom needs: sandboxes, containers, small machines. It
// works, or the command runs untracked and one sentence says why; it never hangs,
// and what the command does there is what it does there without Fathom.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { removeTree } from "../../src/base/scratch.ts";
import { cannotConfine, confined, saysIn, worksIn } from "../rig/confined.ts";
import { FATHOM, withRig } from "../rig/rig.ts";

/** The sort takes several times MIN_CPU_NS, whatever the machine. */
const BUILD = ["sh", "-c", "seq 200000 | sort -r | tail -n 1; cat a a > b; ./gone 2> /dev/null; sort -r b | tee c; mkdir d && mv c d/c; ls d; echo problem >&2"];

interface Claim {
  readonly name: string;
  readonly refusals: readonly string[];
  readonly command?: readonly string[];
}

const TRACKED: readonly Claim[] = [
  { name: "connect, sendmsg, recvmsg and ptrace are refused", refusals: ["deny=connect,sendmsg,recvmsg,ptrace:EPERM"] },
  { name: "ptrace kills", refusals: ["deny=ptrace:KILL"] },
  { name: "no socket can be made", refusals: ["deny=socket,socketpair,connect:EACCES"] },
  { name: "other processes' memory is to be had from /proc only", refusals: ["deny=process_vm_readv,process_vm_writev:EPERM"] },
  { name: "open files cannot be taken from other processes", refusals: ["deny=pidfd_getfd,kcmp:EPERM"] },
  { name: "the newer calls are unknown", refusals: ["deny=statx,openat2,close_range,clone3,faccessat2,pidfd_getfd:ENOSYS"] },
  { name: "/dev/shm holds one page", refusals: ["disk=/dev/shm:4k"] },
  { name: "a process may have 64 open files", refusals: ["limit=NOFILE:64"] },
  { name: "the address space ends at 4 GB", refusals: ["limit=AS:4000000000"] },
  { name: "no memory may be locked and the stack is small", refusals: ["limit=MEMLOCK:0", "limit=STACK:131072"] },
  { name: "a file may have 100 MB", refusals: ["limit=FSIZE:100000000"] },
];

for (const { name, refusals } of TRACKED) {
  test(`where ${name}, Fathom works`, { skip: cannotConfine(refusals) }, withRig((rig) => {
    assert.equal(worksIn({ rig, refusals }, BUILD), 1);
  }));
}

const BEFORE_LINUX_5_19 = ["unknown=seccomp:WAIT_KILLABLE_RECV"];

for (const { who, refusals } of [{ who: "root", refusals: BEFORE_LINUX_5_19 }, { who: "an ordinary user", refusals: [...BEFORE_LINUX_5_19, "user=64321"] }]) {
  test(`where seccomp(2) does not know the newest flag, Fathom works for ${who}`, { skip: cannotConfine(refusals) }, withRig((rig) => {
    rig.bare(["chmod", "-R", "a+rwX", rig.scratch]);
    assert.equal(worksIn({ rig, refusals, isWorldWritable: true }, BUILD), 1);
  }));
}

const UNTRACKED: readonly (Claim & { readonly code: string })[] = [
  ...["EPERM", "EACCES", "ENOSYS", "EINVAL", "KILL"].map((answer) => (
    { name: `seccomp(2) is answered ${answer}`, refusals: [`deny=seccomp:${answer}`], code: "seccomp-refused" })),
  { name: "a filter with a listener is there already", refusals: ["listener=1"], code: "listener-busy" },
  { name: "there are no pidfds", refusals: ["deny=pidfd_open:ENOSYS"], code: "call-refused" },
  { name: "epoll is refused", refusals: ["deny=epoll_create1:EPERM"], code: "call-refused" },
  { name: "signalfd is refused", refusals: ["deny=signalfd4:EPERM"], code: "call-refused" },
  { name: "there are no memory files", refusals: ["deny=memfd_create:EPERM"], code: "no-memory-file" },
  { name: "the address space ends at 60 MB", refusals: ["limit=AS:60000000"], code: "no-memory-file" },
  { name: "a file may have 100 kB", refusals: ["limit=FSIZE:100000"], code: "no-memory-file" },
];

for (const { name, refusals, code } of UNTRACKED) {
  test(`where ${name}, the command runs untracked and one sentence says so`, { skip: cannotConfine(refusals) }, withRig((rig) => {
    saysIn({ rig, refusals }, BUILD, new RegExp(`^fathom: nothing is cached in this run: .*\\(${code}\\)\\n$`));
  }));
}

const NO_NODE: readonly Claim[] = [
  { name: "there is too little memory for Node", refusals: ["limit=AS:500000000"] },
  { name: "there are too few open files for Node", refusals: ["limit=NOFILE:20"] },
  // Root is never refused a process.
  { name: "there are too few threads for Node", refusals: ["user=64321", "limit=NPROC:40"] },
];

for (const { name, refusals } of NO_NODE) {
  test(`where ${name}, one sentence says so`, { skip: cannotConfine(refusals) }, withRig((rig) => {
    rig.bare(["chmod", "-R", "a+rwX", rig.scratch]);
    saysIn({ rig, refusals, isWorldWritable: true }, BUILD, /^fathom: Cannot start "node", so nothing is cached: /);
  }));
}

test("a replayed process ends where nobody answers it any more, because the supervisor was killed", { skip: cannotConfine([]) }, () => {
  const replay = join(FATHOM, "../../prebuilds/linux-x64/fathom-replay");
  const ended = spawnSync(confined(), ["deny=exit_group:ENOSYS", "--", replay], { timeout: 20_000, killSignal: "SIGTERM" });
  assert.equal(ended.signal, "SIGKILL");
});

/** More processes at once than the supervisor can have open files, each of which waits for all: some of their calls are not seen. */
const WIDE = `mkfifo all; for i in $(seq 40); do (cat in/$i > out/$i; : < all; cat out/$i out/$i > out/d$i) & done
while [ $(ls out | wc -l) -lt 40 ]; do :; done; exec 3> all; wait; rm all; cat out/d*`;
const FEW_FILES = ["limit=NOFILE:44"];

test("what could not be watched is not stored: a changed input is never missed", { skip: cannotConfine(FEW_FILES) }, withRig((rig) => {
  for (const text of ["first", "second"]) {
    const build = (through: readonly string[]): string => {
      removeTree(rig.work);
      for (let which = 1; which <= 40; which++) rig.write(`in/${String(which)}`, `${String(which)} ${which === 23 ? text : ""}\n`);
      mkdirSync(rig.path("out"));
      return rig.bare([...through, "sh", "-c", WIDE]).stdout;
    };
    assert.equal(build([confined(), ...FEW_FILES, "--", FATHOM, "--quiet", "--"]), build([]));
  }
}));
