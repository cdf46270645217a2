// `fathom run`, as it is installed: its configuration, what is stored and replayed,
// which variables tasks get, and what is written for people, programs and make.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AGENT_VARIABLES } from "../src/cli/agents.ts";
import { USUAL_VARIABLES } from "../src/run/given.ts";
import { FATHOM, withRig, type Options, type Rig } from "./rig/rig.ts";

/** Enough work to be worth storing (MIN_CPU_NS). */
const WORK = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";

interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;

class Tasks {
  readonly rig: Rig;

  constructor(rig: Rig, scripts: Readonly<Record<string, Readonly<Record<string, string>>>>) {
    this.rig = rig;
    rig.write("package.json", JSON.stringify({ name: "root", workspaces: ["packages/*"] }));
    for (const [name, own] of Object.entries(scripts)) rig.write(`packages/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", scripts: own }));
    rig.bare(["git", "init", "-q"]);
  }

  run(words: readonly string[], { cwd = this.rig.work, env = {} }: Options = {}): Said {
    const ran = spawnSync(FATHOM, ["run", ...words], { cwd, env: { ...this.rig.env, ...env }, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    return { stdout: ran.stdout, stderr: ran.stderr, code: ran.status };
  }

  /** Of each task how it was answered: "replayed", "ran", "bypassed". */
  answers(words: readonly string[], options: Options = {}): string {
    const lines = this.run(["--json", ...words], options).stdout.trim().split("\n").map((line): unknown => JSON.parse(line));
    return lines.flatMap((line) => (isRecord(line) && line["event"] === "ended" ? [String(line["status"])] : [])).join(" ");
  }
}

const inWorkspace = (scripts: Readonly<Record<string, Readonly<Record<string, string>>>>, body: (tasks: Tasks) => void): (() => void) => withRig((rig) => body(new Tasks(rig, scripts)));

test("fathom.json decides order and caching; a package's own one, about its own; from wherever one stands", inWorkspace({ a: { build: WORK, gen: WORK }, b: { build: WORK } }, (tasks) => {
  tasks.rig.write("fathom.json", "{ // why not\n \"tasks\": { \"build\": { \"dependsOn\": [\"gen\"] } } }");
  tasks.rig.write("packages/b/fathom.json", JSON.stringify({ tasks: { build: { cache: false, dependsOn: ["a#build"] } } }));
  const ids = (said: Said): string[] => [...said.stdout.matchAll(/"event":"ended","source":"([^"]+)"/g)].map(([, id = ""]) => id);
  assert.deepEqual(ids(tasks.run(["build", "--json"])), ["a#gen", "a#build", "b#build"]);
  assert.equal(tasks.answers(["build"]), "replayed replayed bypassed");
  assert.equal(tasks.answers(["build"], { cwd: tasks.rig.path("packages/b") }), "replayed replayed bypassed");
}));

test("what is not understood of another tool's file is said, once", inWorkspace({ a: { build: "echo ran" }, b: { build: "echo ran" } }, (tasks) => {
  tasks.rig.write("turbo.json", JSON.stringify({ tasks: { build: { with: ["dev"] } } }));
  assert.equal(tasks.run(["build"]).stderr.match(/"with" is not followed/g)?.length, 1);
}));

test("with outputs only what they name is put back, nothing else is touched, and what is stored is whole", inWorkspace({
  a: { build: `${WORK}; mkdir -p dist/deep; echo code > dist/deep/a.js; echo map > dist/a.js.map; echo state > state; echo built` },
}, (tasks) => {
  const limits = (outputs?: readonly string[]): void => { tasks.rig.write("fathom.json", JSON.stringify({ tasks: { build: { outputs } } })); };
  const there = (): string => tasks.rig.bare(["sh", "-c", "cd packages/a && find . -type f ! -name package.json | sort | tr '\\n' ' '"]).stdout;
  const clean = (): void => { tasks.rig.bare(["sh", "-c", "rm -rf packages/a/dist packages/a/state"]); };
  limits(["dist", "!**/*.map"]);
  const runs: string[] = [];
  for (const step of [() => undefined, clean, () => undefined, () => { clean(); tasks.rig.write("packages/a/mine", "mine"); }]) {
    step();
    runs.push(`${tasks.answers(["build"])}: ${there()}`);
  }
  assert.deepEqual(runs, ["ran: ./dist/a.js.map ./dist/deep/a.js ./state ", "replayed: ./dist/deep/a.js ", "ran: ./dist/a.js.map ./dist/deep/a.js ./state ", "replayed: ./dist/deep/a.js ./mine "]);
  clean();
  limits();
  assert.equal(`${tasks.answers(["build"])}: ${there()}`, "replayed: ./dist/a.js.map ./dist/deep/a.js ./mine ./state ");
}));

test("--dry-run is --dry, and runs nothing", inWorkspace({ a: { build: "echo ran > out" } }, (tasks) => {
  for (const as of ["", "=json"]) assert.deepEqual(tasks.run(["build", `--dry-run${as}`]), tasks.run(["build", `--dry${as}`]));
  assert.ok(!tasks.rig.has("packages/a/out"));
}));

test("what is wrong in a configuration is told, and nothing is run", inWorkspace({ a: { build: "echo ran" } }, (tasks) => {
  tasks.rig.write("fathom.json", "{\n \"tasks\": { \"build\": { \"cache\": 1 } }\n}");
  const { stdout, stderr, code } = tasks.run(["build"]);
  assert.deepEqual([stdout, code], ["", 2]);
  assert.equal(stderr, `fathom: Cannot use "${tasks.rig.path("fathom.json")}": line 2, column 33: "tasks.build.cache" must be true or false, and is 1\n`);
}));

test("a configuration in TypeScript is run by what the workspace has for it, and may import from \"fathom\" and other files", inWorkspace({ a: { build: "echo ran" } }, (tasks) => {
  tasks.rig.write("names.ts", "export const names: readonly string[] = [\"first\"];\n");
  tasks.rig.write("fathom.config.ts", "import { defineConfig, type Config } from \"fathom\";\nimport { names } from \"./names.ts\";\nconst tasks: Config[\"tasks\"] = { build: { env: names, cache: false } };\nexport default defineConfig({ tasks });\n");
  const dry = (): Said => tasks.run(["build", "--dry=json"]);
  const hasOwn = "typescript" in process.features && Boolean(process.features.typescript);
  if (!hasOwn) assert.match(dry().stderr, /fathom.config.ts": Node v\d.* runs no TypeScript, and neither "esbuild" nor "typescript" is installed here\n {2}Install one/);
  const modules = join(import.meta.dirname, "../../../node_modules");
  for (const tool of ["typescript", "esbuild"]) {
    tasks.rig.bare(["sh", "-c", `rm -rf node_modules; mkdir node_modules; ln -s ${modules}/${tool} node_modules/`]);
    const { stdout, stderr } = dry();
    assert.match(stdout, /"taskId":"a#build".*"cache":false,"persistent":false,"env":\["first"\]/, stderr);
  }
  tasks.rig.write("fathom.config.ts", "interface A { a: string }\nthrow new Error(\"not today\");\n");
  assert.match(dry().stderr, /Cannot run "[^"]*fathom.config.ts": line 2, column \d+: not today\n$/);
}));

test("a configuration that is a program is a unit: it runs again when something that it read has changed", inWorkspace({ a: { build: "echo ran" } }, (tasks) => {
  tasks.rig.write("name.txt", "first");
  tasks.rig.write("fathom.config.mjs", "import { readFileSync } from \"node:fs\";\nconsole.log(\"for a person\");\nexport default { tasks: { build: { env: [readFileSync(new URL(\"name.txt\", import.meta.url), \"utf8\")] } } };\n");
  const dry = (): string => { const { stdout, stderr } = tasks.run(["build", "--dry=json"]); assert.equal(stderr, "for a person\n"); return /"env":\[(.*?)\]/.exec(stdout)?.[1] ?? stdout; };
  assert.deepEqual([dry(), dry()], ["\"first\"", "\"first\""]);
  tasks.rig.write("name.txt", "second");
  assert.equal(dry(), "\"second\"");
  tasks.rig.write("fathom.config.mjs", "export default { tasks: { build: { cache: () => false } } };\n");
  assert.match(tasks.run(["build"]).stderr, /line 1, column 36: "tasks.build.cache" must be true or false, and is "\(function\)"/);
}));

test("--affected without a base begins at the main branch, as the clone knows it, or at what a pull request is for", inWorkspace({ a: { build: "echo a" }, b: { build: "echo b" } }, (tasks) => {
  const { rig } = tasks;
  const git = (words: string): void => { assert.equal(rig.bare(["sh", "-ec", `git -c user.name=a -c user.email=a@b ${words}`]).code, 0, words); };
  const affected = (env: Readonly<Record<string, string>> = {}): string => /in scope: (.*)/.exec(tasks.run(["build", "--affected", "--dry"], { env }).stdout)?.[1] ?? "";
  git("checkout -q -b main");
  git("add -A");
  git("commit -q -m all");
  git("checkout -q -b work");
  rig.write("packages/a/new", "");
  git("add -A");
  git("commit -q -m a");
  assert.equal(affected(), "a");
  git("checkout -q main");
  rig.write("packages/b/new", "");
  git("add -A");
  git("commit -q -m b");
  git("checkout -q work");
  assert.equal(affected(), "a", "what the main branch has got meanwhile is not ours");
  assert.match(tasks.run(["build", "--filter=[main]", "--dry"]).stdout, /in scope: a, b\n/, "but it differs, though git would call it a file that was moved");
  git("update-ref refs/remotes/origin/next HEAD");
  assert.equal(affected({ GITHUB_BASE_REF: "next" }), "");
  git("branch -D -q main");
  assert.match(tasks.run(["build", "--affected", "--dry"]).stderr, /Cannot find what changed/);
}));

/** As devDependency it would be as large as all others together. */
const BUN = (process.env["PATH"] ?? "").split(":").find((folder) => existsSync(join(folder, "bun")));

test("in a workspace that bun has installed tasks run in the order of its packages, and are replayed", { skip: BUN === undefined ? "there is no bun here" : false }, inWorkspace({ a: { build: `${WORK}; echo a > out` }, b: { build: `${WORK}; cat ../a/out > out; echo built` } }, (tasks) => {
  tasks.rig.write("packages/b/package.json", JSON.stringify({ name: "b", version: "1.0.0", scripts: { build: "cat node_modules/a/out ../../node_modules/a/out 2>/dev/null | head -1; echo $npm_config_user_agent $npm_execpath" }, dependencies: { a: "workspace:*" } }));
  const env = { PATH: `${BUN ?? ""}:${tasks.rig.env["PATH"] ?? ""}` };
  assert.equal(tasks.rig.bare(["bun", "install", "--silent"], { env }).code, 0);
  assert.ok(tasks.rig.has("bun.lock"));
  const { stdout } = tasks.run(["build"], { env });
  assert.match(stdout, /b:build: a\nb:build: bun/);
  tasks.run(["build"], { env });
  assert.equal(tasks.answers(["build"], { env }), "replayed replayed");
}));

test("--cache says what the store is used for", inWorkspace({ a: { build: `${WORK}; echo` } }, (tasks) => {
  assert.deepEqual(["local:r", "local:r", "local:", "local:w", "local:r", "local:rw", "remote:"].map((spec) => tasks.answers(["build", `--cache=${spec}`])),
    ["ran", "ran", "bypassed", "bypassed", "replayed", "replayed", "bypassed"]);
  assert.deepEqual([tasks.answers(["build", "--cache", "local:r"]), tasks.answers(["build", "--", "--cache=local:"])], ["replayed", "ran"]);
  const refused = tasks.run(["build", "--cache=local:rw,remote:r"]);
  assert.deepEqual([refused.code, refused.stdout, refused.stderr], [2, "", "fathom: Cannot use --cache=local:rw,remote:r: there is no remote cache yet\n  Leave \"remote:\" out\n"]);
}));

test("--env-mode=strict gives tasks only what is named, so that nothing else can change what they do", inWorkspace({ a: { build: `${WORK}; echo "named $NAMED, other $OTHER."` } }, (tasks) => {
  tasks.rig.write("fathom.json", JSON.stringify({ tasks: { build: { env: ["NAMED"] } } }));
  const said = (words: readonly string[]): string | undefined => /named .*/.exec(tasks.run(["build", "--output-logs=full", ...words], { env: { NAMED: "1", OTHER: "2" } }).stdout)?.[0];
  assert.deepEqual([said([]), said(["--env-mode=strict"])], ["named 1, other 2.", "named 1, other ."]);
  assert.equal(tasks.answers(["build", "--env-mode=strict"], { env: { NAMED: "1", OTHER: "3" } }), "replayed");
  tasks.rig.write("fathom.json", JSON.stringify({ envMode: "strict", env: ["NAM*"] }));
  assert.equal(said([]), "named 1, other .");
}));

test("--summarize writes what came of a run, where neither git nor a task sees it", inWorkspace({ a: { build: `ls -A ../..; ${WORK}`, test: "echo 'x.c:1:2: error: no'; exit 3" } }, (tasks) => {
  const { stdout } = tasks.run(["build", "test", "--continue", "--summarize"]);
  const [name = ""] = readdirSync(tasks.rig.path(".fathom/summaries"));
  assert.match(name, /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-\d+\.json$/);
  assert.ok(stdout.includes(`Summary:   ${tasks.rig.path(`.fathom/summaries/${name}`)}\n`), stdout);
  const summary: unknown = JSON.parse(tasks.rig.read(`.fathom/summaries/${name}`));
  assert.ok(isRecord(summary) && isRecord(summary["execution"]) && Array.isArray(summary["tasks"]));
  const { success, failed, attempted, exitCode, command } = summary["execution"];
  assert.deepEqual({ success, failed, attempted, exitCode, command }, { success: 1, failed: 1, attempted: 2, exitCode: 3, command: "fathom run build test" });
  assert.match(JSON.stringify(summary["tasks"]), /"taskId":"a#test".*"exitCode":3,"error":"x.c:1:2: error: no"/);
  assert.equal(tasks.rig.bare(["git", "status", "--porcelain", "--ignored=no"]).stdout.includes(".fathom"), false);
  assert.equal(tasks.answers(["build"]), "replayed");
}));

test("for an agent one line a task, and all of what failed; --output-logs is stronger", inWorkspace({ a: { build: "echo fine" }, b: { build: "echo before; echo 'b.c:1:2: error: no' >&2; exit 2" } }, (tasks) => {
  const { stdout, stderr, code } = tasks.run(["build", "--concurrency=1"], { env: { CLAUDECODE: "1" } });
  assert.match(stdout.replaceAll(/\d+ms/g, "Xms"), /^• Running build in 2 packages; .*\na:build: cache miss, executing \(new: no recorded run has it\) \(Xms\)\nb:build: cache miss, executing \(new: no recorded run has it\) \(Xms\)\nb:build: before\n\n Tasks: /);
  assert.match(stderr, /^b:build: b.c:1:2: error: no\nb:build: ERROR .*exited \(2\)\nb:build: b.c:1:2: error: no\nERROR {2}run failed: b#build exited \(2\)\n$/);
  assert.equal(code, 2);
  assert.match(tasks.run(["build", "--concurrency=1", "--output-logs=full"], { env: { CLAUDECODE: "1" } }).stdout, /a:build: fine\n/);
  assert.match(tasks.run(["build", "--concurrency=1"], { env: { CLAUDECODE: "0" } }).stdout, /a:build: fine\n/);
}));

test("on GitHub each task can be folded, and the first error stands beside its line", inWorkspace({ a: { build: "echo 'src/x.ts(3,4): error TS1: no'; exit 1" } }, (tasks) => {
  const { stdout } = tasks.run(["build"], { env: { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: tasks.rig.work } });
  assert.match(stdout, /\n::group::a:build\ncache miss, executing \(new: no recorded run has it\)\nsrc\/x.ts\(3,4\): error TS1: no\n::endgroup::\n/);
  assert.match(stdout, /\n::error file=packages\/a\/src\/x.ts,line=3,col=4,title=a#build::src\/x.ts\(3,4\): error TS1: no\n/);
  assert.match(tasks.run(["build", "--log-prefix=task"], { env: { GITHUB_ACTIONS: "true" } }).stdout, /\na:build: src\/x.ts/);
}));

test("--graph writes one HTML file that needs nothing else", inWorkspace({ a: { build: "echo '<a>'" } }, (tasks) => {
  assert.equal(tasks.run(["build", "--graph=g.html"]).code, 0);
  const html = tasks.rig.read("g.html");
  assert.match(html, /^<!doctype html>[^]*<title>echo '&lt;a&gt;'<\/title>[^]*>a#build<\/text>/);
  assert.doesNotMatch(html, /src=|href=|http:\/\/(?!www\.w3\.org\/2000\/svg)/);
}));

/** Each task says when it begins and when it ends; how many run at a time can be read from that. */
const atATime = (log: string): number => {
  let [now, most] = [0, 0];
  for (const line of log.trim().split("\n")) {
    now += line.startsWith("begin") ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
};

test("under make its jobserver says how many run at a time, and replays are replays", inWorkspace(Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, { build: `echo begin >> ../../log; ${WORK}; ${WORK}; echo end >> ../../log`, hit: WORK, sub: "make -f ../../sub.mk" }])), (tasks) => {
  tasks.rig.write("Makefile", `run:\n\t+@${FATHOM} run $(TASK) --concurrency=4 $(MORE)\nplain:\n\t@${FATHOM} run $(TASK)\n`);
  tasks.rig.write("sub.mk", "all: ; @echo \"flags $(MAKEFLAGS)\"\n");
  const make = (...words: readonly string[]): Said => tasks.rig.bare(["make", ...words]);
  for (const [jobs, most] of [["-j1", 4], ["-j2", 2], ["-j3", 3]] as const) {
    tasks.rig.write("log", "");
    assert.equal(make(jobs, "run", "TASK=build", "MORE=--cache=local:").code, 0);
    assert.ok(atATime(tasks.rig.read("log")) <= most, `${jobs}: ${tasks.rig.read("log")}`);
  }
  for (const jobs of ["-j2", "-j3"]) make(jobs, "run", "TASK=hit");
  assert.match(make("-j2", "run", "TASK=hit").stdout, /Cached: {4}4 cached, 4 total/);
  // A make among the tasks finds the tokens too.
  const sub = make("-j2", "run", "TASK=sub");
  assert.doesNotMatch(sub.stderr, /jobserver unavailable/);
  assert.match(sub.stdout, /flags .*--jobserver-auth=/);
  assert.match(make("-j2", "plain", "TASK=hit").stderr, /^fathom: make's jobserver cannot be used, .*; begin the rule's line with "\+"\n/);
}));

test("tokens of a fifo are taken one by one, and all go back, also when a task fails", inWorkspace(Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, { build: `echo begin >> ../../log; ${WORK}; echo end >> ../../log; test ${name} != b` }])), (tasks) => {
  // As make 4.4 names it, with one token.
  const script = `mkfifo GMfifo1; exec 9<>GMfifo1; printf + >&9; MAKEFLAGS="-j2 --jobserver-auth=fifo:$PWD/GMfifo1" ${FATHOM} run build --concurrency=4 --continue; echo "code $?"; printf . >&9; head -c 2 <&9`;
  const { stdout } = tasks.rig.bare(["bash", "-c", script]);
  assert.match(stdout, /Failed: {4}b#build\n\ncode 1\n\+\.$/);
  assert.equal(atATime(tasks.rig.read("log")), 2);
}));

test("what Fathom leaves in a workspace below a repository does not change where paths count from", withRig((rig) => {
  rig.bare(["git", "init", "-q"]);
  rig.write("js/package.json", JSON.stringify({ name: "only", scripts: { build: `${WORK}; cat ../shared` } }));
  rig.write("shared", "1\n");
  const run = (): string => spawnSync(FATHOM, ["run", "build", "--summarize"], { cwd: rig.path("js"), env: rig.env, encoding: "utf8" }).stdout;
  run();
  assert.ok(rig.has("js/.fathom/summaries"));
  assert.match(run(), /only:build: cache hit, replaying logs\n/);
}));

test("the documents name every variable that a task is given anyway, and every one that stands for an agent", () => {
  const text = (name: string): string => readFileSync(join(import.meta.dirname, "../../../docs/reference", name), "utf8");
  const named = new Set([...`${text("configuration.md")}${text("cli.md")}`.matchAll(/`([A-Za-z_*]+)`/g)].map(([, name = ""]) => name));
  const lowerToo = ["http_proxy", "https_proxy", "no_proxy"];
  assert.deepEqual([...USUAL_VARIABLES, ...AGENT_VARIABLES].filter((name) => !named.has(lowerToo.includes(name) ? name.toUpperCase() : name)), []);
});

test("every file that the package names for others is there", () => {
  const root = join(import.meta.dirname, "../../..");
  const parsed: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.ok(isRecord(parsed) && isRecord(parsed["exports"]));
  const files = Object.values(parsed["exports"]).flatMap((target): unknown[] => (isRecord(target) ? Object.values(target) : [target]));
  for (const file of files) assert.ok(readFileSync(join(root, String(file))).length > 0);
});
