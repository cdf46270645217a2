// Process trees of odd shapes (native/test/tree.c), and programs that look into
// other programs or will not have company.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compiles, fathom, hasTool, program, sameAsBare, scratch, type Linking } from "./rig.ts";

const claims: readonly (readonly [string, string])[] = [
  ["stopped", "a child that is stopped and continued"],
  ["dumped", "a program that aborts, as its child did"],
  ["adopted", "a program that adopts orphans"],
  ["filtered", "a program with a strict seccomp filter of its own"],
  ["filtered-child", "a program that is started under a filter of another"],
  ["elsewhere", "a program that goes to namespaces of its own and changes its root"],
];

const linkings: readonly Linking[] = ["dynamic", "static"];

for (const linking of linkings) {
  const flags = linking === "static" ? ["-static"] : [];
  for (const [name, claim] of claims) {
    test(`${claim}: as without Fathom (${linking})`, () => {
      const { bare } = sameAsBare([program("tree", flags), name]);
      assert.notEqual(bare.code, 2);
    });
  }
}

/** Signals end the command and then Fathom: the summary is all that is more. */
test("a command that a signal ends ends Fathom by the same signal", () => {
  const { bare, again } = sameAsBare([program("tree"), "killed"]);
  assert.equal(bare.signal, "SIGTERM");
  assert.equal(again.replayed, 0);
});

test("5,000 short processes leave nothing behind in the supervisor", () => {
  const run = spawnSync(fathom, ["--quiet", "--", program("tree", ["-static"]), "many"], { encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: join(scratch, "many"), HOME: scratch } });
  assert.deepEqual([run.stdout, run.status], ["flat\n", 0]);
});

test("a daemon that is left behind goes on, and its unit is not stored", () => {
  const folder = join(scratch, "daemon");
  mkdirSync(folder);
  const tree = program("tree");
  const run = spawnSync("sh", ["-c", `mkfifo wake && ${fathom} --json -- ${tree} daemonised && while ! [ -e late ]; do :; done`], {
    cwd: folder, encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: join(scratch, "daemon-store"), HOME: scratch } });
  assert.deepEqual([run.stdout, run.status], ["started\n", 0], run.stderr);
  assert.ok(existsSync(join(folder, "late")));
});

const hello = '#include <stdio.h>\nint main(void) { FILE *f = fopen("/etc/passwd", "r"); puts(f ? "hello" : "none"); return !f; }\n';

/** Compiles `hello` with these flags inside the sandbox folder and runs it through `before`. */
function compiled(flags: string, before = ""): void {
  sameAsBare(["sh", "-c", `cat > hello.c <<'E'\n${hello}E\ngcc ${flags} -o hello hello.c && ${before} ./hello; code=$?; rm -f hello core* trace; exit $code`], {
    mask: (text) => text.replaceAll(/==\d+==.*\n/g, "").replaceAll(/\b\d{2,}\b/g, "#").replaceAll(/0x[0-9a-f]+/g, "#"),
  });
}

for (const sanitizer of ["address", "thread", "leak", "undefined"]) {
  const reason = compiles([`-fsanitize=${sanitizer}`]) ? false : "the compiler has no such run-time library";
  test(`a program built with -fsanitize=${sanitizer} starts`, { skip: reason }, () => compiled(`-g -fsanitize=${sanitizer}`));
}

const sanitizers = compiles(["-fsanitize=address"]) ? false : "the compiler has no such run-time library";
test("what starts a sanitized program keeps its environment", { skip: sanitizers }, () => {
  const run = spawnSync(fathom, ["--quiet", "--", "sh", "-c", "echo 'int main(void) { return 0; }' > a.c && gcc -fsanitize=address -o a a.c && ./a && env | grep -c '^LD_PRELOAD=.*fathom-guest.so$'"], {
    cwd: scratch, encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: join(scratch, "asan"), HOME: scratch } });
  assert.deepEqual([run.stdout, run.status], ["1\n", 0], run.stderr);
});

test("a 32-bit program runs", { skip: compiles(["-m32"]) ? false : "the compiler makes no 32-bit programs here" }, () => compiled("-m32"));
test("a program linked with musl runs", { skip: hasTool("musl-gcc") ? false : "there is no musl-gcc here" }, () => {
  sameAsBare(["sh", "-c", `cat > hello.c <<'E'\n${hello}E\nmusl-gcc -o hello hello.c && ./hello; musl-gcc -static -o hello hello.c && ./hello; rm hello`]);
});
for (const tool of ["valgrind -q", "gdb -batch -ex run -ex bt --args", "strace -f -o trace -e trace=%net"]) {
  const name = tool.split(" ")[0] ?? "";
  test(`${name} works inside`, { skip: hasTool(name) ? false : `there is no ${name} here` }, () => compiled("-g", tool));
}

test("Fathom inside Fathom is the command alone", () => {
  const run = spawnSync(fathom, ["--json", "--", fathom, "--json", "--", "sh", "-c", "echo inner; exit 5"], { encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: join(scratch, "nested"), HOME: scratch } });
  assert.deepEqual([run.stdout, run.status, run.stderr.split('{"processes"').length], ["inner\n", 5, 2], run.stderr);
});

test("a command that is not there is 127, one that cannot be run is 126", () => {
  const code = (command: string): number | null => spawnSync(fathom, ["--quiet", "--", command], { env: { ...process.env, FATHOM_STORE: join(scratch, "codes"), HOME: scratch } }).status;
  assert.deepEqual([code("no-such-command"), code("/etc/passwd"), code("/etc")], [127, 126, 126]);
});

test("under a terminal the command has a terminal", { skip: hasTool("script") ? false : "there is no script here" }, () => {
  const inTerminal = (command: string): string =>
    spawnSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL", env: { ...process.env, FATHOM_STORE: join(scratch, "terminal"), HOME: scratch } }).stdout;
  const text = "sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size > /dev/null && echo terminal'";
  assert.equal(inTerminal(text), "terminal\r\n");
  for (let i = 0; i < 2; i++) assert.equal(inTerminal(`${fathom} --quiet -- ${text}`), "terminal\r\n");
});

/** Until the process is in this state: "T" is stopped. */
async function reaches(pid: number, state: string): Promise<void> {
  while (!readFileSync(`/proc/${String(pid)}/stat`, "latin1").includes(`) ${state} `)) await new Promise(setImmediate);
}

test("a tree that is stopped whole continues whole", { timeout: 20_000 }, async () => {
  const folder = join(scratch, "stopped");
  mkdirSync(folder);
  spawnSync("mkfifo", [join(folder, "go")]);
  const child = spawn(fathom, ["--quiet", "--", "sh", "-c", "echo ready; read -r line < go; ls -d /; echo $line"], {
    cwd: folder, detached: true, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, FATHOM_STORE: join(folder, "store"), HOME: folder } });
  const pid = child.pid ?? 0;
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const ended = once(child, "close");
  await once(child.stdout, "data");
  process.kill(-pid, "SIGSTOP");
  await reaches(pid, "T");
  process.kill(-pid, "SIGCONT");
  spawnSync("sh", ["-c", "echo continued > go"], { cwd: folder, timeout: 10_000, killSignal: "SIGKILL" });
  assert.deepEqual(await ended, [0, null]);
  assert.equal(output, "ready\n/\ncontinued\n");
});

test("a user without rights can use all of it", { skip: process.getuid?.() === 0 && hasTool("setpriv") ? false : "only root can become somebody else" }, () => {
  const home = join(scratch, "nobody");
  mkdirSync(home);
  chmodSync(home, 0o777);
  chmodSync(scratch, 0o755);
  const run = (): readonly [string, string, number | null] => {
    const done = spawnSync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", fathom, "--json", "--", "sh", "-c", "for i in $(seq 30); do ls /etc > list; done; cat list | wc -l > count; id -u; unshare -r id -u; su nobody 2> /dev/null; echo $?"], {
      cwd: home, encoding: "utf8", timeout: 30_000, killSignal: "SIGKILL", env: { PATH: process.env["PATH"] ?? "", HOME: home, FATHOM_STORE: join(home, "store") } });
    return [done.stdout, done.stderr, done.status];
  };
  for (let i = 0; i < 2; i++) {
    const [stdout, stderr, status] = run();
    assert.match(stdout, /^65534\n/, stderr);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /"processes"/);
  }
  assert.ok(Number(readFileSync(join(home, "count"), "utf8")) > 10);
});
