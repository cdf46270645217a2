// Traps of what is neither a file nor a variable: the machine, and who runs the
// command. Another name of the host and other groups take a namespace or root;
// another kernel is what setarch says.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { FATHOM, withRig } from "../rig/rig.ts";

const can = (file: string, ...args: readonly string[]): boolean => spawnSync(file, [...args, "true"]).status === 0;

const SAYS = {
  "what kind it is": "uname -m",
  "the program for it": "uname -mr; uname -n; id -G",
  "files of the kernel": "cat /proc/sys/kernel/osrelease /proc/sys/kernel/hostname",
  "a program that asks by itself": `node -p 'os.release() + os.hostname()'`,
  "a script of Node": "node host.cjs",
} as const;

interface Elsewhere {
  readonly what: string;
  /** Started before the command. */
  readonly by: readonly string[];
  readonly says: readonly (keyof typeof SAYS)[];
}

const NAMED: readonly (keyof typeof SAYS)[] = ["the program for it", "files of the kernel", "a program that asks by itself", "a script of Node"];
const ELSEWHERE: readonly Elsewhere[] = [
  // setarch changes what uname(2) says, and not what is in /proc.
  { what: "another kernel", by: ["setarch", "--uname-2.6"], says: ["the program for it", "a program that asks by itself"] },
  { what: "another kind of machine", by: ["setarch", "linux32"], says: ["what kind it is", "the program for it"] },
  { what: "another name of the host", by: ["unshare", "--uts", "sh", "-c", `hostname elsewhere; exec "$@"`, "sh"], says: NAMED },
  { what: "other groups", by: ["setpriv", "--groups", "54321"], says: ["the program for it"] },
];

for (const { what, by, says } of ELSEWHERE) {
  for (const how of says) {
    test(`who asked ${how} runs again with ${what}`, { skip: can(by[0] ?? "", ...by.slice(1)) ? false : "not allowed here" }, withRig((rig) => {
      rig.program("count");
      rig.write("host.cjs", "console.log(require('os').hostname())");
      const command = ["sh", "-c", `./count > /dev/null; ${SAYS[how]}`];
      const first = rig.fathom(command);
      assert.deepEqual([rig.fathom(command).summary.replayed, rig.fathom(command).stdout], [1, first.stdout]);
      const there = rig.fathom(command, { by });
      assert.equal(there.stdout, rig.bare([...by, ...command]).stdout);
      assert.notEqual(there.stdout, first.stdout);
      assert.deepEqual([rig.fathom(command).summary.replayed, rig.fathom(command).stdout], [1, first.stdout], "each has its own entry");
    }));
  }
}

test("what a shell or Node asks at its start, and the kind of machine, are nothing that another kernel changes", { skip: can("setarch", "--uname-2.6") ? false : "not allowed here" }, withRig((rig) => {
  rig.program("count");
  rig.write("os.cjs", "console.log(require('os').EOL)");
  const command = ["bash", "-c", "./count > /dev/null; uname -sm; node os.cjs"];
  rig.fathom(command);
  assert.equal(rig.fathom(command, { by: ["setarch", "--uname-2.6"] }).summary.replayed, 1);
}));

test("what is started for another kind of machine is not answered with what was said here", { skip: can("setarch", "linux32") ? false : "not allowed here" }, withRig((rig) => {
  rig.program("count");
  rig.write("Makefile", "all:\n\tsh kind.sh > here\n\tsetarch linux32 sh kind.sh > there\n");
  rig.write("kind.sh", "./count > /dev/null; uname -m\n");
  for (let time = 0; time < 3; time += 1) {
    rig.fathom(["make", "-s"]);
    assert.deepEqual([rig.read("here"), rig.read("there")], ["x86_64\n", "i686\n"]);
  }
}));

test("a run of tasks is not answered as a whole with another kernel", { skip: can("setarch", "--uname-2.6") ? false : "not allowed here" }, withRig((rig) => {
  rig.write("package.json", JSON.stringify({ name: "a", scripts: { build: "uname -r > kernel" } }));
  const run = (...by: readonly string[]): string => rig.bare([...by, FATHOM, "run", "build"]).stdout;
  run();
  const here = rig.read("kernel");
  assert.match(run(), /a:build: cache hit/);
  assert.match(run("setarch", "--uname-2.6"), /a:build: cache miss, executing \(the kernel is another one\)/);
  assert.match(rig.read("kernel"), /^2\.6/);
  assert.match(run(), /a:build: cache hit/);
  assert.equal(rig.read("kernel"), here);
}));
