// A root folder of its own, made from Debian packages, for measuring beside tools
// that this machine's distribution does not have. Everything that is measured runs
// in it: Node and Fathom are copied in. Nothing that is brought is kept in the repository.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyTree, removeTree } from "../src/base/scratch.ts";
import { root as project } from "../scripts/bundle.ts";
import { run } from "./shell.ts";

export const SUITE = "trixie";
const PACKAGES = ["gcc", "g++", "make", "libc6-dev", "ccache", "python3", "ca-certificates"];
/** In the non-free section; its licence allows private use and trial. */
const NOT_FREE = ["firebuild"];

/** Where the project is in the root. */
export const INSIDE = "/opt/fathom";

/** The machine's own Debian mirror. */
function mirror(): string {
  const sources = "/etc/apt/sources.list.d/debian.sources";
  const found = existsSync(sources) ? /^URIs: *(\S+)/m.exec(readFileSync(sources, "utf8"))?.[1] : undefined;
  return found ?? "http://deb.debian.org/debian";
}

/** Says what is missing, or null. */
export function refusal(): string | null {
  if (process.getuid?.() !== 0) return "chroot(2) and mount(2) need root: run this as root, or measure on this system with --here what it has";
  if (!existsSync("/usr/sbin/debootstrap")) return "install first: apt-get install debootstrap";
  return null;
}

/** The command in the root, in a mount namespace of its own that has /proc and /dev/shm and is gone with it. */
export const inRoot = (folder: string, ...command: string[]): readonly [string, ...string[]] => [
  "unshare", "--mount", "--propagation", "private", "sh", "-ec",
  'mount -t proc proc "$1/proc"; mkdir -p "$1/dev/shm"; mount -t tmpfs tmpfs "$1/dev/shm"; exec chroot "$@"', "sh", folder, ...command,
];

/** Made once: a folder of that name is complete. */
function bootstrap(folder: string, packages: readonly string[]): void {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const include = [...new Set([...PACKAGES, ...packages])].join(",");
  run(["debootstrap", "--variant=minbase", "--components=main,non-free", `--include=${include}`, SUITE, unfinished, mirror()], dirname(folder), process.env);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run(inRoot(unfinished, "apt-get", "update", "-q"), "/", env);
  // Its set-up asks what nobody answers here, and fails; the program is there all the same.
  run(inRoot(unfinished, "sh", "-c", 'apt-get install -q -y --no-install-recommends "$@" || firebuild --version', "sh", ...NOT_FREE), "/", env);
  renameSync(unfinished, folder);
}

/** What is measured is what was built last. */
function putFathom(folder: string): void {
  const to = join(folder, INSIDE);
  removeTree(to);
  mkdirSync(to, { recursive: true });
  for (const part of ["bin", "dist", "native", "prebuilds", "node_modules", "package.json"]) copyTree(join(project, part), join(to, part));
  const local = join(folder, "usr/local");
  copyTree(process.execPath, join(local, "bin/node"));
  const headers = join(dirname(dirname(process.execPath)), "include/node");
  if (existsSync(headers)) copyTree(headers, join(local, "include/node")); // What node-gyp compiles against.
}

export function makeRoot(folder: string, packages: readonly string[]): void {
  bootstrap(folder, packages);
  putFathom(folder);
}

/** Names and versions of what builds there, for the samples. */
export function versions(folder: string): string {
  const listed = run(inRoot(folder, "sh", "-c", "dpkg-query -W -f '${Package} ${Version}\\n' gcc make libc6 ccache firebuild >&2"), "/", process.env);
  return listed.stderr.trim().split("\n").join(", ");
}
