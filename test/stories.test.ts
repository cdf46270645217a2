// Promises, run. A story is test/stories/NN-name/story.md: prose, and lines that
// begin with two spaces are a transcript. "$ " starts a command, "> " continues
// it, "? N" is its exit code (0 where it is not said), everything else is what it
// prints, stdout and stderr together in the order they came. "[..]" stands for
// whatever varies. Each story has its own copy of its folder, its own home and
// its own store, and runs the installed command. STORY=07 runs only those.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");
const stories = join(root, "test/stories");

interface Command {
  readonly line: number;
  readonly text: string;
  readonly expected: readonly string[];
  readonly exitCode: number;
}

/** Beyond it the command is ended and the story has failed: a hang must not hang the tests. */
const COMMAND_MS_MAX = 120_000;

function commandsOf(story: string): readonly Command[] {
  const commands: { line: number; text: string; expected: string[]; exitCode: number }[] = [];
  story.split("\n").forEach((line, index) => {
    if (!line.startsWith("  ")) return;
    const text = line.slice(2);
    const last = commands.at(-1);
    if (text.startsWith("$ ")) {
      commands.push({ line: index + 1, text: text.slice(2), expected: [], exitCode: 0 });
      return;
    }
    assert.ok(last !== undefined, `line ${index + 1}: output before the first command`);
    const code = /^\? (\d+)$/.exec(text);
    if (text.startsWith("> ") && last.expected.length === 0) last.text += `\n${text.slice(2)}`;
    else if (code !== null) last.exitCode = Number(code[1]);
    else last.expected.push(text);
  });
  return commands;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const pattern = (line: string): RegExp => new RegExp(`^${line.split("[..]").map(escaped).join(".*")}$`);

/** The transcript as it came out, with what was expected where that matches: then a difference shows only what is wrong. */
function seen(expected: readonly string[], actual: readonly string[]): readonly string[] {
  return actual.map((line, index) => {
    const wanted = expected[index];
    return wanted !== undefined && pattern(wanted).test(line) ? wanted : line;
  });
}

function play(name: string): void {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), `fathom-story-`)));
  try {
    const [work, home] = [join(scratch, "work"), join(scratch, "home")];
    cpSync(join(stories, name), work, { recursive: true, verbatimSymlinks: true });
    rmSync(join(work, "story.md"));
    mkdirSync(home);
    const env = {
      PATH: `${join(root, "bin")}:${process.env["PATH"] ?? ""}`, HOME: home, FATHOM_STORE: join(scratch, "store"), TMPDIR: scratch, LC_ALL: "C", TZ: "UTC", TERM: "dumb",
    };
    for (const command of commandsOf(readFileSync(join(stories, name, "story.md"), "utf8"))) {
      const run = spawnSync("sh", ["-c", `exec 2>&1\n${command.text}`], { cwd: work, env, encoding: "utf8", timeout: COMMAND_MS_MAX, stdio: ["ignore", "pipe", "inherit"] });
      const actual = run.stdout === "" ? [] : run.stdout.replace(/\n$/, "").split("\n");
      const code = run.status ?? `killed by ${run.signal ?? "nobody"}`;
      assert.deepEqual(
        [...seen(command.expected, actual), `? ${code}`],
        [...command.expected, `? ${command.exitCode}`],
        `test/stories/${name}/story.md:${command.line}: $ ${command.text}`,
      );
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const only = process.env["STORY"] ?? "";
for (const name of readdirSync(stories).filter((entry) => entry.startsWith(only)).sort()) {
  const title = /^# (.*)$/m.exec(readFileSync(join(stories, name, "story.md"), "utf8"))?.[1] ?? name;
  test(`${name}: ${title}`, () => play(name));
}
