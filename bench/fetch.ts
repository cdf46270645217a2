// Brings the pristine tree of a scenario into the work folder, once. Debian
// source packages through an apt of our own, so that neither root nor a change
// of the machine's configuration is needed; npm packages through npm.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyTree, removeTree } from "../src/base/scratch.ts";
import { root } from "../scripts/bundle.ts";
import type { Scenario, Source } from "./scenario.ts";
import { run, shell } from "./shell.ts";

/** The machine's own Debian mirror, with source packages switched on. */
function debianSources(): string {
  const modern = "/etc/apt/sources.list.d/debian.sources";
  if (existsSync(modern)) return readFileSync(modern, "utf8").replace(/^Types: deb$/gm, "Types: deb-src");
  throw new Error(`Cannot fetch a Debian source package: there is no "${modern}" here`);
}

function aptEnvironment(work: string): Readonly<Record<string, string | undefined>> {
  const apt = join(work, "apt");
  const env = { ...process.env, APT_CONFIG: join(apt, "apt.conf") };
  if (existsSync(join(apt, "ready"))) return env;
  mkdirSync(join(apt, "lists/partial"), { recursive: true });
  mkdirSync(join(apt, "cache/archives/partial"), { recursive: true });
  writeFileSync(join(apt, "src.sources"), debianSources());
  writeFileSync(join(apt, "apt.conf"), [
    `Dir::Etc::sourcelist "${apt}/src.sources";`, 'Dir::Etc::sourceparts "-";', `Dir::State::Lists "${apt}/lists";`, `Dir::Cache "${apt}/cache";`, "",
  ].join("\n"));
  run(["apt-get", "update", "-q"], apt, env);
  writeFileSync(join(apt, "ready"), "");
  return env;
}

/** The single folder that an archive unpacks to becomes `to`. */
function onlyFolder(parent: string, to: string): void {
  const [name, ...others] = readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (name === undefined || others.length > 0) throw new Error(`Cannot use what was unpacked in "${parent}": expected exactly one folder`);
  renameSync(join(parent, name.name), to);
}

function debian(source: Extract<Source, { kind: "debian" }>, work: string, to: string): void {
  const env = aptEnvironment(work);
  const parts = `${to}.parts`;
  mkdirSync(parts, { recursive: true });
  run(["apt-get", "source", "-q", "--download-only", `${source.name}=${source.version}`], parts, env);
  if (source.take === "orig") {
    shell("mkdir unpacked && tar -xf *.orig.tar.* -C unpacked", parts, env);
  } else {
    shell("mkdir unpacked && cd unpacked && dpkg-source -x --no-check ../*.dsc", parts, env);
  }
  onlyFolder(join(parts, "unpacked"), to);
  rmSync(parts, { recursive: true });
}

function npmPackage(source: Extract<Source, { kind: "npm" }>, to: string): void {
  mkdirSync(to);
  run(["npm", "pack", "--silent", `${source.name}@${source.version}`], to, process.env);
  shell('tar -xzf *.tgz --strip-components=1 && rm *.tgz && npm install --ignore-scripts --omit=dev && npm install --no-save --ignore-scripts "$@"', to, process.env, ...source.tools);
}

function own(to: string): void {
  mkdirSync(to);
  shell('git -C "$1" ls-files -z | tar -C "$1" --null -T - -cf - | tar -xf - -C "$2"', root, process.env, root, to);
  symlinkSync(join(root, "node_modules"), join(to, "node_modules"));
}

function obtain(source: Source, work: string, to: string): void {
  switch (source.kind) {
    case "debian": debian(source, work, to); return;
    case "npm": npmPackage(source, to); return;
    case "installed": copyTree(join(root, "node_modules", source.folder), to); return;
    case "own": own(to); return;
    case "made": shell(source.by, work, process.env, to); return;
  }
}

function missingPackages(names: readonly string[]): readonly string[] {
  const installed = (name: string): boolean => {
    const query = spawnSync("dpkg-query", ["-W", "-f", "${Status}", name], { encoding: "utf8" });
    return query.status === 0 && query.stdout.endsWith("ok installed");
  };
  return names.filter((name) => !installed(name));
}

/** The sources as they are brought, in a work folder of their own scenario: once, but always anew where it costs no download. */
export function fetched(scenario: Scenario, work: string): string {
  const to = join(work, scenario.name, "fetched");
  if (scenario.source.kind === "own") removeTree(to);
  if (existsSync(to)) return to;
  const unfinished = `${to}.unfinished`;
  removeTree(unfinished);
  mkdirSync(unfinished, { recursive: true });
  obtain(scenario.source, work, join(unfinished, "tree"));
  renameSync(join(unfinished, "tree"), to);
  removeTree(unfinished);
  return to;
}

/** The pristine tree, prepared; made at most once in a work folder, but for what is fetched anew. */
export function pristine(scenario: Scenario, work: string): string {
  const folder = join(work, scenario.name);
  const to = join(folder, "pristine");
  if (scenario.source.kind !== "own" && existsSync(to)) return to;
  const missing = missingPackages(scenario.packages);
  if (missing.length > 0) throw new Error(`Cannot build "${scenario.name}": install first: apt-get install ${missing.join(" ")}`);
  // Prepared at the path where it will be built: configure scripts write it down.
  const tree = join(folder, "tree");
  removeTree(tree);
  copyTree(fetched(scenario, work), tree);
  shell(scenario.prepare, tree, { ...process.env, ...scenario.env });
  removeTree(to);
  renameSync(tree, to);
  return to;
}
