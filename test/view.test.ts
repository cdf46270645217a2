// The view of tasks of `fathom run`, on a real terminal.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { EVENT_MS_MAX, FATHOM, withRigAsync, type Rig } from "./rig/rig.ts";
import { Terminal } from "./rig/terminal.ts";

type Scripts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** It goes on when a test says so, by a file. */
const held = (name: string): string => `until [ -e ../../${name} ]; do sleep 0.05; done`;

/** What a terminal is set to, so that it can be seen that it is so again. */
const SETTINGS = "stty -a | grep -o -e '-*icanon' -e '-*echo ' -e '-*isig' | tr '\\n' ' '";

/** In the order in which they were started. */
const childrenOf = (pid: number): number[] => readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "latin1").trim().split(" ").map(Number);

/** The supervisor, below the shell of the terminal; and below it the program that starts tasks and shows the view. */
function ourProcesses({ child }: Terminal): { readonly supervisor: number; readonly runner: number } {
  const [supervisor = 0] = childrenOf(child.pid ?? 0);
  const runner = childrenOf(supervisor).find((pid) => readFileSync(`/proc/${String(pid)}/cmdline`, "latin1").includes("/cli.js\0run\0"));
  assert.ok(runner !== undefined);
  return { supervisor, runner };
}

function onTerminal(scripts: Scripts, body: (rig: Rig, open: (words: string, env?: Readonly<Record<string, string>>) => Terminal) => Promise<void>): () => Promise<void> {
  return withRigAsync(async (rig) => {
    rig.write("package.json", JSON.stringify({ name: "root", workspaces: ["packages/*"] }));
    for (const [name, own] of Object.entries(scripts)) rig.write(`packages/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", scripts: own }));
    rig.bare(["git", "init", "-q"]);
    const all: Terminal[] = [];
    try {
      await body(rig, (words, env = {}) => {
        const terminal = new Terminal(`trap : INT; ${FATHOM} run ${words}; echo "code $?; $(${SETTINGS})"`, rig.work, { ...rig.env, ...env });
        all.push(terminal);
        return terminal;
      });
    } finally {
      for (const each of all) each.kill();
    }
  });
}

test("a person sees tasks, how far each is, and what the chosen one prints; at the end the plain log stands where it would have stood", { timeout: EVENT_MS_MAX }, onTerminal({
  a: { build: `echo from a; ${held("go")}` }, b: { build: `echo from b; ${held("go")}` },
}, async (rig, open) => {
  const terminal = open("build --concurrency=2");
  await terminal.until((text) => /> a:build +\d+s/.test(text) && text.includes("from a"));
  assert.equal(terminal.isAside, true);
  assert.match(terminal.text, /0 of 2 tasks; /);
  assert.doesNotMatch(terminal.text, /from b/);
  terminal.press("\u001b[B");
  await terminal.until((text) => text.includes("from b"));
  rig.write("go", "");
  await terminal.ended();
  assert.equal(terminal.isAside, false);
  assert.match(terminal.text, /^• Packages in scope: a, b\n(?=[^]*a:build: from a\n)(?=[^]*b:build: from b\n)[^]* Tasks: {4}2 successful, 2 total\n[^]*code 0; isig icanon echo *$/);
}));

test("what a task printed can be scrolled and searched", { timeout: EVENT_MS_MAX }, onTerminal({ a: { build: `i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo "line $i."; done; printf '\\033[31mred\\033[0m'; ${held("go")}` } }, async (rig, open) => {
  const terminal = open("build");
  await terminal.until((text) => text.includes("red"));
  assert.doesNotMatch(terminal.text, /line 10\./);
  terminal.press("/line 10.\r");
  await terminal.until((text) => text.includes("line 10.") && /\d+ more below/.test(text));
  terminal.press("g");
  await terminal.until((text) => text.includes("line 1."));
  terminal.press("G");
  await terminal.until((text) => text.includes("red") && !text.includes("more below"));
  rig.write("go", "");
  await terminal.ended();
}));

test("Ctrl-C ends what runs, and the terminal is as it was", { timeout: EVENT_MS_MAX }, onTerminal({ a: { build: "trap 'echo bye; exit 3' INT; echo up; while :; do sleep 0.05; done" } }, async (_rig, open) => {
  const terminal = open("build");
  await terminal.until((text) => text.includes("q end") && text.includes("up"));
  terminal.press("\u0003");
  await terminal.ended();
  assert.equal(terminal.isAside, false);
  assert.match(terminal.text, /a:build: up\na:build: bye\n[^]*ERROR[^]*code 130; isig icanon echo *$/);
}));

test("SIGTERM ends what runs, and the terminal is as it was", { timeout: EVENT_MS_MAX }, onTerminal({ a: { build: "echo up; exec sleep 1000" } }, async (_rig, open) => {
  const terminal = open("build");
  await terminal.until((text) => text.includes("q end") && text.includes("up"));
  process.kill(ourProcesses(terminal).supervisor, "SIGTERM");
  await terminal.ended();
  assert.equal(terminal.isAside, false);
  assert.match(terminal.text, /code 143; isig icanon echo *$/);
}));

test("a run that was looked at, and keys pressed in, leaves a plan of the whole: the next one starts no Node, and is not recorded", { timeout: EVENT_MS_MAX }, onTerminal({ a: { build: "echo from a; sleep 2" } }, async (rig, open) => {
  const recorded = (): number => readdirSync(rig.path(".fathom/runs")).length;
  const terminal = open("build");
  await terminal.until((text) => terminal.isAside && text.includes("from a"));
  terminal.press("jk");
  await terminal.ended();
  assert.equal(recorded(), 1);
  const next = open("build");
  await next.ended();
  assert.match(next.text, /a:build: cache hit, replaying logs\na:build: from a\n[^]*ALL REPLAYED[^]*code 0; isig icanon echo *$/);
  assert.equal(recorded(), 1);
}));

test("--no-tui, CI and agents have lines", { timeout: EVENT_MS_MAX }, onTerminal({ a: { build: "echo up; sleep 1" } }, async (_rig, open) => {
  for (const [words, env] of [["--no-tui", {}], ["", { CI: "true" }], ["", { CLAUDECODE: "1" }]] as const) {
    const terminal = open(`build --output-logs=full --force ${words}`, env);
    let hasBeenAside = false;
    await terminal.until((text) => { hasBeenAside ||= terminal.isAside; return text.includes("code 0"); });
    assert.equal(hasBeenAside, false);
  }
  const asked = open("build --force --tui", { CI: "true" });
  await asked.until((text) => text.includes("fathom: there is no view of the tasks: CI is set") && text.includes("code 0"));
}));

test("where the program that shows the view is killed, the terminal is as it was", { timeout: EVENT_MS_MAX }, onTerminal({ a: { build: `echo up; ${held("go")}` } }, async (rig, open) => {
  const terminal = open("build");
  await terminal.until((text) => text.includes("q end") && text.includes("up"));
  process.kill(ourProcesses(terminal).runner, "SIGKILL");
  rig.write("go", "");
  await terminal.ended();
  assert.equal(terminal.isAside, false);
  assert.match(terminal.text, /isig icanon echo *$/);
}));

test("what a person types reaches an interactive task, which has a terminal", { timeout: EVENT_MS_MAX }, onTerminal({ a: { dev: "[ -t 0 ] && echo \"terminal $(stty size)\"; read -r answer; echo \"got <$answer>\"; read -r more" } }, async (rig, open) => {
  rig.write("turbo.json", JSON.stringify({ tasks: { dev: { persistent: true, interactive: true, cache: false } } }));
  const terminal = open("dev");
  await terminal.until((text) => text.includes("i type") && /terminal \d+ \d+/.test(text));
  terminal.press("i");
  await terminal.until((text) => text.includes("What you type goes to the task"));
  terminal.press("quit\r");
  await terminal.until((text) => text.includes("got <quit>"));
  terminal.press("\u001a");
  await terminal.until((text) => text.includes("q end"));
  terminal.press("q");
  await terminal.ended();
  assert.match(terminal.text, /a:dev: terminal \d+ \d+\na:dev: quit\na:dev: got <quit>\n[^]*code 130; isig icanon echo *$/);
}));

test("with --watch the view stays, shows what runs again, and starts persistent tasks again when asked", { timeout: EVENT_MS_MAX }, onTerminal({
  a: { build: "cat in; i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done", dev: "echo \"up $(cat ../../count)\"; exec sleep 1000" },
}, async (rig, open) => {
  rig.write("fathom.json", JSON.stringify({ tasks: { dev: { persistent: true } } }));
  rig.write("packages/a/in", "first\n");
  rig.write("count", "1");
  const terminal = open("build dev --watch");
  await terminal.until((text) => /> a:dev/.test(text) && text.includes("up 1") && text.includes("r restart"));
  rig.write("count", "2");
  terminal.press("r");
  await terminal.until((text) => text.includes("up 2"));
  terminal.press("j");
  await terminal.until((text) => text.includes("first"));
  rig.write("packages/a/in", "second\n");
  await terminal.until((text) => text.includes("second"));
  terminal.press("q");
  await terminal.ended();
  assert.match(terminal.text, /a:dev: up 1\n[^]*a:dev: up 2\n[^]*code 130; isig icanon echo *$/);
}));
