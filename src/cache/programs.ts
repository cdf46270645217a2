// What Fathom knows about particular programs, here and nowhere else (but for who
// asks about the machine: ledger/machine.ts), each with its reason. A configuration may add to these lists. Being on no
// list is always safe: it costs hits, never truth, except for the two lists of
// programs that look at times, where a program that is missing is a bug.

import { COMPARATOR_NAMES } from "./comparators.ts";

/** Programs by the last part of their path, without version suffix ("-4.4", "3.12"). */
export interface ProgramList {
  readonly reason: string;
  readonly names: ReadonlySet<string>;
}

/**
 * They compare modification times to decide what to do, so "all contents are
 * unchanged" does not mean that they would do nothing. They run always; their
 * children are answered from the cache. A unit above them counts times as facts.
 */
export const COMPARATORS: ProgramList = {
  reason: "compares modification times to decide what to do",
  names: new Set(COMPARATOR_NAMES),
};

/** They show or compare times, or write them into what they make: their metadata facts carry the modification time. */
export const TIME_READERS: ProgramList = {
  reason: "may show, compare or store modification times",
  names: new Set([
    "sh", "dash", "bash", "rbash", "zsh", "ksh", "mksh", "ash", "busybox", "toybox", "fish", // test -nt, -ot
    "test", "[", "find", "ls", "dir", "vdir", "stat", "date", "tree", "du", "touch", // touch -r
    "tar", "bsdtar", "gtar", "zip", "7z", "7za", "cpio", "pax", "rsync", "dpkg-deb", "mksquashfs", "genisoimage", "xorriso", // times are part of what they write
    "cp", "install", // cp -u compares times
    // Not ar (times are 0 unless asked for, since binutils 2.22) and not git (times only spare it reading contents).
  ]),
};

/**
 * What they write does not depend on what was at the output's path before:
 * they replace it. For a unit that consists of nothing else, whether an old
 * output was there is no fact (clean and incremental builds then share entries).
 */
export const OVERWRITERS: ProgramList = {
  reason: "replaces its outputs whatever was there before",
  names: new Set([
    "cc", "c++", "gcc", "g++", "cpp", "cc1", "cc1plus", "cc1obj", "lto1", "lto-wrapper", "collect2", "as", "ld", "ld.bfd", "ld.gold",
    "ld.lld", "lld", "mold", "gold", "clang", "clang++", "rustc", "gfortran", "f951", "gnat1", "nasm", "yasm",
  ]),
};

const VERSION = /(?:-?\d+(?:\.\d+)*)$/;
/** "x86_64-linux-gnu-gcc-12" is gcc. */
const TARGET = /^(?:[A-Za-z0-9_]+-)?(?:linux|none|unknown|w64|elf)(?:-[a-z0-9]+)*?-(?=(?:gcc|g\+\+|c\+\+|cpp|as|ld|ar|gfortran|clang)\b)/;

export function isListed(list: ProgramList, programPath: string): boolean {
  const name = programPath.slice(programPath.lastIndexOf("/") + 1);
  if (list.names.has(name)) return true;
  const plain = name.replace(/^[a-z0-9_]+(?=-linux|-none|-unknown|-w64)/, "x").replace(TARGET, "").replace(VERSION, "");
  return list.names.has(plain);
}

/** Whether nothing but these ran. */
export const areOverwriters = (programs: readonly string[]): boolean => programs.length > 0 && programs.every((program) => isListed(OVERWRITERS, program));

/** State that a program keeps for itself and that changes nothing of what it does: neither facts nor effects. */
export interface IgnoredState {
  readonly reason: string;
  /** Matched against tokenised paths (see roots.ts). */
  readonly pattern: RegExp;
}

export const IGNORED_STATE: readonly IgnoredState[] = [
  { reason: "npm's logs of its own runs", pattern: /^\x01[HW]\/\.npm\/_logs(\/|$)/ },
  { reason: "npm remembers when it last looked for its own update", pattern: /^\x01[HW]\/\.npm\/_update-notifier-last-checked$/ },
  { reason: "yarn and pnpm remember when they last looked for their own update", pattern: /^\x01H\/\.local\/state\/pnpm\/pnpm-state\.json$|^\x01H\/\.yarn\/\.last-update-check$/ },
  { reason: "tools remember when they last looked for their own update", pattern: /^\x01H\/\.config\/configstore\/update-notifier-[^/]*\.json$/ },
  { reason: "vite bundles its own configuration into a file with a random name there, and removes it", pattern: /^\x01[WH](\/.*)?\/node_modules\/\.vite-temp(\/|$)/ },
  { reason: "node keeps compiled code beside a digest of its source", pattern: /^\x01T\/node-compile-cache(\/|$)/ },
  { reason: "Fathom's own state", pattern: /^\x01W\/\.fathom(\/|$)/ },
  { reason: "the kernel's view of the process itself", pattern: /^\/proc\/(self|thread-self|\d+)(\/|$)/ },
  { reason: "the machine's load, memory and processors: as the time of day, they change how a build runs and not what it makes",
    pattern: /^\/proc\/(meminfo|cpuinfo|stat|loadavg|uptime|mounts|filesystems|version|vmstat|swaps|pressure|sys)(\/|$)/ },
  { reason: "limits and processors of the machine or container",
    pattern: /^\/sys(\/(fs(\/cgroup(\/.*)?)?|devices(\/system(\/(cpu|node)(\/.*)?)?)?|kernel(\/mm(\/.*)?)?))?$/ },
  { reason: "devices without memory; a terminal is a stream",
    pattern: /^\/dev\/(null|zero|full|random|urandom|tty|ptmx|pts(\/\d+)?|console|stdin|stdout|stderr|fd(\/\d+)?)$/ },
];

/** All of them as one: each path of each unit is asked about. */
const IGNORED = new RegExp(IGNORED_STATE.map(({ pattern }) => `(?:${pattern.source})`).join("|"));

export const isIgnoredState = (token: string): boolean => IGNORED.test(token);

/** Last names of what IGNORED_STATE matches below a root; other names are not looked at in listings. */
const IGNORED_NAME = /(?:^|\0).(?:_logs|_update-notifier-last-checked|pnpm-state\.json|\.last-update-check|update-notifier-[^\0]*\.json|\.vite-temp|node-compile-cache|\.fathom)\0/;

/** A listing (u8 d_type, name, NUL)* without names of ignored state: whether that is there is no fact either. */
export function withoutIgnored(directory: string, names: string): string {
  if (!IGNORED_NAME.test(names)) return names;
  return names.split("\0").filter((entry) => entry !== "" && !isIgnoredState(`${directory}/${entry.slice(1)}`)).map((entry) => `${entry}\0`).join("");
}
