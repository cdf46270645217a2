// Style as a test. Each rule says what to do instead; a rule that must be broken
// once is broken with "tidy: <reason>" on the line, and the reason is read in review.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");

/** A domain may import only from domains named before it on this list; those on one line share a rank. */
const ORDER: readonly (readonly string[])[] = [
  ["base"], ["ledger"], ["store"], ["tap"], ["cache"], ["view"], ["remote"], ["workspace"], ["run"], ["explain"], ["cli", "mcp", "ui"],
];

/** The one folder that may import each run-time dependency. */
const DEPENDENCY_HOMES: Readonly<Record<string, string>> = {
  "@bufbuild/protobuf": "src/explain/", "@xterm/headless": "src/cli/tui/", chokidar: "src/cli/", commander: "src/cli/", ink: "src/cli/tui/", lmdb: "src/store/", "node-diff3": "src/view/", picomatch: "src/workspace/", react: "src/cli/tui/",
  semver: "src/workspace/", yaml: "src/workspace/",
};

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
  /** Which files the ban holds for. */
  readonly holds: (file: string) => boolean;
}

const inSource = (file: string): boolean => file.startsWith("src/");
const isTest = (file: string): boolean => file.endsWith(".test.ts");

const BANS: readonly Ban[] = [
  { pattern: /localeCompare/, instead: "byteOrder", holds: () => true },
  { pattern: /\bDate\.now\(|\bperformance\.now\(|\bnew Date\(\)/, instead: "Clock", holds: (file) => inSource(file) && file !== "src/base/clock.ts" && !isTest(file) },
  { pattern: /\bprocess\.env\b/, instead: "a parameter", holds: (file) => inSource(file) && !/^src\/(cli|tap)\//.test(file) && !isTest(file) },
  { pattern: /\bconsole\.|\bprocess\.std(out|err)\.write/, instead: "an event, printed by cli/render.ts", holds: (file) => inSource(file) && file !== "src/cli/render.ts" },
  { pattern: /\bas unknown as\b|@ts-ignore|@ts-expect-error/, instead: "a parser", holds: () => true },
  { pattern: /\bsetTimeout\(|node:timers/, instead: "wait for the event", holds: isTest },
  { pattern: /from "(node:)?fs(\/promises)?"/, instead: "Disk", holds: (file) => inSource(file) && !file.startsWith("src/base/") && !isTest(file) },
  { pattern: /\bFIXME\b/, instead: "fix it, or file an issue", holds: () => true },
];

/** In other people's processes nothing of these: names that are called, comments aside. */
const GUEST_BAN = /\b(malloc|calloc|realloc|free|printf|fprintf|snprintf|puts|exit|abort|getenv)\s*\(/;

const TS_LINES_MAX = 400;
const C_LINES_MAX = 500;
const ARCHITECTURE_LINES_MAX = 200;

function filesUnder(folder: string, ends: readonly string[]): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && ends.some((end) => entry.name.endsWith(end)))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

const text = (file: string): string => readFileSync(join(root, file), "utf8");
const lines = (file: string): readonly string[] => text(file).replace(/\n$/, "").split("\n");

const sources = filesUnder("src", [".ts"]);
const ours = [...sources, ...filesUnder("scripts", [".ts"]), ...filesUnder("bench", [".ts"]), ...filesUnder("test", [".ts"])];
const native = filesUnder("native", [".c", ".h", ".def"]);
const documents = [...readdirSync(root).filter((name) => name.endsWith(".md")), ...filesUnder("docs", [".md"]), ...filesUnder("test/stories", [".md"])];

function rankOf(path: string): number {
  const domain = path.split("/")[1] ?? "";
  return ORDER.findIndex((rank) => rank.includes(domain));
}

/** Files directly in src/ are the public face and may import everything. */
const isDomainFile = (file: string): boolean => file.split("/").length > 2;

test("a domain imports only from domains above it", () => {
  const wrong: string[] = [];
  for (const file of sources.filter(isDomainFile)) {
    assert.ok(rankOf(file) >= 0, `${file} is in no known domain`);
    for (const [, target = ""] of text(file).matchAll(/(?:from|import)\s*\(?\s*"(\.\.?\/[^"]+)"/g)) {
      const to = normalize(join(dirname(file), target));
      if (!to.startsWith("src/")) wrong.push(`${file} imports ${to}, outside src/`);
      const isSameRankOtherDomain = rankOf(to) === rankOf(file) && to.split("/")[1] !== file.split("/")[1];
      if (rankOf(to) > rankOf(file) || isSameRankOtherDomain) wrong.push(`${file} imports ${to}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("a run-time dependency is imported by one folder only and has a row in dependencies.md", () => {
  const wrong: string[] = [];
  const parsed: unknown = JSON.parse(text("package.json"));
  assert.ok(typeof parsed === "object" && parsed !== null && "dependencies" in parsed);
  for (const name of Object.keys(parsed.dependencies as Record<string, string>)) {
    const home = DEPENDENCY_HOMES[name] ?? "nowhere: add it to DEPENDENCY_HOMES";
    const users = sources.filter((file) => new RegExp(`(from|import\\(|require\\()\\s*"${name}(/[^"]*)?"`).test(text(file)));
    for (const user of users) if (!user.startsWith(home)) wrong.push(`${user} imports ${name}, which belongs in ${home}`);
    if (!text("docs/internals/dependencies.md").includes(`| ${name} |`)) wrong.push(`docs/internals/dependencies.md has no row for ${name}`);
  }
  assert.deepEqual(wrong, []);
});

test("nothing banned is used", () => {
  const wrong: string[] = [];
  for (const file of ours.filter((name) => name !== "test/tidy.test.ts")) {
    lines(file).forEach((line, index) => {
      if (line.includes("tidy: ")) return;
      for (const ban of BANS) if (ban.holds(file) && ban.pattern.test(line)) wrong.push(`${file}:${index + 1}: use ${ban.instead}: ${line.trim()}`);
    });
  }
  assert.deepEqual(wrong, []);
});

test("the guest library allocates, prints and ends nothing", () => {
  const wrong: string[] = [];
  for (const file of native.filter((name) => name.startsWith("native/guest/"))) {
    const code = text(file).replace(/\/\*[\s\S]*?\*\//g, (comment) => (comment.includes("tidy: ") ? comment : comment.replace(/[^\n]/g, " ")));
    code.split("\n").forEach((line, index) => {
      // Defining a hook of that name is no call.
      if (GUEST_BAN.test(line) && !/^HOOK /.test(line) && !line.includes("tidy: ")) wrong.push(`${file}:${index + 1}: ${line.trim()}`);
    });
  }
  assert.deepEqual(wrong, []);
});

test("no file is too long to read in one sitting", () => {
  const wrong: string[] = [];
  const check = (file: string, max: number): void => {
    if (lines(file).length > max) wrong.push(`${file} has ${lines(file).length} lines; at most ${max}: split it by subject`);
  };
  // Nobody reads what is generated.
  for (const file of ours.filter((name) => !text(name).startsWith("// Generated"))) check(file, TS_LINES_MAX);
  for (const file of native.filter((name) => !name.endsWith(".def"))) check(file, C_LINES_MAX);
  check("ARCHITECTURE.md", ARCHITECTURE_LINES_MAX);
  assert.deepEqual(wrong, []);
});

test("every file opens with why it exists", () => {
  const silent = [
    ...ours.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(text(file))),
    ...native.filter((file) => !/^(#!.*\n)?\/\* ?\S/.test(text(file))),
  ];
  assert.deepEqual(silent, []);
});

/** As GitHub makes them: lower case, punctuation dropped, spaces to hyphens. */
const anchorOf = (heading: string): string => heading.toLowerCase().replace(/[^\w\- ]/g, "").trim().replaceAll(" ", "-");

test("every link in a document leads somewhere", () => {
  const broken: string[] = [];
  for (const file of documents) {
    const prose = text(file).replace(/```[\s\S]*?```/g, "");
    for (const [, target = ""] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?|mailto):/.test(target)) continue;
      const [path = "", anchor = ""] = target.split("#");
      const to = path === "" ? file : normalize(join(dirname(file), path));
      if (!existsSync(join(root, to))) broken.push(`${file}: ${target}`);
      else if (anchor !== "" && ![...text(to).matchAll(/^#+ (.*)$/gm)].some(([, heading = ""]) => anchorOf(heading) === anchor)) broken.push(`${file}: ${target} (no such heading)`);
    }
  }
  assert.deepEqual(broken, []);
});

/** Codes that users may see: `code: "..."` in a failure, and the reasons for running untracked. */
function codesUsed(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const file of sources.filter((name) => !isTest(name))) {
    for (const [, code = ""] of text(file).matchAll(/\bcode: "([a-z][a-z0-9-]+)"/g)) found.add(code);
  }
  for (const [, code = ""] of text("src/cli/untracked.ts").matchAll(/^ {2}\["([a-z-]+)"/gm)) found.add(code);
  for (const [, code = ""] of text("native/untracked.def").matchAll(/^UNTRACKED\(\w+, "([a-z-]+)"/gm)) found.add(code);
  return found;
}

test("every failure code that is used is explained in failures.md", () => {
  const explained = text("docs/reference/failures.md");
  assert.deepEqual([...codesUsed()].filter((code) => !explained.includes(`\`${code}\``)), []);
});
