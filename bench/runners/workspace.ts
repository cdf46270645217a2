// A workspace of packages whose builds do next to nothing: what is measured is the
// tool that runs them. Every tool finds its own configuration in it.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Shape {
  readonly packages: number;
  /** Of each package: sources, of which its build reads the first. */
  readonly files: number;
}

/** As many as the public benchmark of nx and turbo has: about 80,000 files. */
export const SHAPES: Readonly<Record<string, Shape>> = { three: { packages: 3, files: 3 }, large: { packages: 111, files: 720 } };

/** Pinned, so that a figure can be repeated. */
const TOOLS = { turbo: "2.11.11", nx: "24.0.6", wireit: "0.14.13", lage: "2.17.0", "@moonrepo/cli": "2.5.5" } as const;

const BUILD = `import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
const { name, dependencies = {} } = JSON.parse(readFileSync("package.json", "utf8"));
const inputs = ["src/0.js", ...Object.keys(dependencies).map((other) => \`../\${other}/dist/out.js\`)].map((path) => readFileSync(path, "utf8"));
mkdirSync("dist", { recursive: true });
writeFileSync("dist/out.js", \`// \${name}\\n\${inputs.join("").length}\\n\${inputs[0]}\`);
`;

export const nameOf = (which: number): string => `p${String(which).padStart(3, "0")}`;

/** Three of the packages before it: a graph as deep as it is wide. */
const dependenciesOf = (which: number): readonly number[] => [which - 1, which >> 1, which >> 2].filter((other, at, all) => other >= 0 && other < which && all.indexOf(other) === at);

function write(folder: string, name: string, content: string | object): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`);
}

export function makeWorkspace(folder: string, { packages, files }: Shape): void {
  const all = Array.from({ length: packages }, (_, which) => which);
  write(folder, "build.mjs", BUILD);
  write(folder, ".gitignore", "node_modules\ndist\n.turbo\n.nx\n.wireit\n.fathom\n.moon/cache\n");
  write(folder, "package.json", {
    name: "workspace", private: true, workspaces: ["packages/*"], packageManager: "npm@10.8.2", devDependencies: TOOLS,
    scripts: { "build:wireit": "wireit" }, wireit: { "build:wireit": { dependencies: all.map((which) => `./packages/${nameOf(which)}:build:wireit`) } },
  });
  write(folder, "turbo.json", { tasks: { build: { dependsOn: ["^build"], outputs: ["dist/**"] } } });
  write(folder, "nx.json", { targetDefaults: { build: { dependsOn: ["^build"], outputs: ["{projectRoot}/dist"], cache: true } }, analytics: false });
  write(folder, "lage.config.js", 'module.exports = { pipeline: { build: ["^build"] }, cacheOptions: { outputGlob: ["dist/**"] } };\n');
  write(folder, ".moon/workspace.yml", "projects: [\"packages/*\"]\ntelemetry: false\n");
  for (const which of all) {
    const own = `packages/${nameOf(which)}`;
    const others = dependenciesOf(which).map(nameOf);
    write(folder, `${own}/package.json`, {
      name: nameOf(which), version: "1.0.0", private: true, dependencies: Object.fromEntries(others.map((other) => [other, "1.0.0"])),
      scripts: { "build": "node ../../build.mjs", "build:wireit": "wireit" },
      wireit: { "build:wireit": { command: "node ../../build.mjs", dependencies: others.map((other) => `../${other}:build:wireit`), files: ["src/**", "package.json"], output: ["dist/**"] } },
    });
    // YAML is JSON as well. Without its own tool chain moon does not look into package.json.
    write(folder, `${own}/moon.yml`, { dependsOn: others, tasks: { build: { command: "node ../../build.mjs", deps: ["^:build"], inputs: ["src/**", "package.json"], outputs: ["dist"] } } });
    // Vite-plus orders by "workspace:" alone, which npm does not know.
    write(folder, `${own}/vite.config.mjs`, `export default ${JSON.stringify({ run: { tasks: { "build:vp": { command: "node ../../build.mjs", dependsOn: others.map((other) => `${other}#build:vp`) } } } })};\n`);
    for (let file = 0; file < files; file++) write(folder, `${own}/src/${String(file)}.js`, `export const value = "${nameOf(which)} ${String(file)}";\n`);
  }
}
