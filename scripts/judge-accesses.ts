// What a command did to files, as strace tells it and as the ledgers tell it, in
// the same few words, so that the two can be compared.

import { isAbsolute, join, posix } from "node:path";

/** "looked" stands for every question about a path that is there: stat, access, chdir, O_PATH; "no-directory" for one that either is there, or leads through a file. */
export type Verb = "read" | "looked" | "no-directory" | "missing" | "listed" | "wrote" | "removed" | "made" | "renamed" | "linked" | "changed" | "readlink" | "ran";

/** "verb path" */
export type Accesses = Map<string, string>;

function add(into: Accesses, verb: Verb, path: string, because: string): void {
  /* "." and empty components say nothing, whoever wrote them. */
  const key = `${verb} ${path.replaceAll(/\/(\.?\/)+/g, "/").replace(/(?<=.)\/\.?$/, "")}`;
  if (!into.has(key)) into.set(key, because);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([["n", "\n"], ["t", "\t"], ["r", "\r"], ["v", "\v"], ["f", "\f"]]);

/** What strace prints in quotes, as one character a byte. */
function unquoted(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-f]{2})|(.))/g, (_whole, octal: string | undefined, hex: string | undefined, letter: string | undefined) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
    return ESCAPES.get(letter ?? "") ?? letter ?? "";
  });
}

interface Call {
  readonly pid: string;
  readonly name: string;
  readonly args: string;
  readonly result: string;
  /** What the descriptor that it gives leads to. */
  readonly file: string;
  readonly error: string;
}

/** Joins what strace cut in two because another process came between. */
function* callsOf(trace: string): Generator<Call> {
  const begun = new Map<string, string>();
  for (const line of trace.split("\n")) {
    const [, pid = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith(" <unfinished ...>")) {
      begun.set(pid, rest.slice(0, -" <unfinished ...>".length));
      continue;
    }
    const [, resumed] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? [];
    const whole = resumed === undefined ? rest : (begun.get(pid) ?? "") + resumed;
    const [, name = "", args = "", result = "", file = "", error = ""] = /^(\w+)\((.*)\) += (-?\d+|\?)(?:<(.*)>)?(?:\(deleted\))? ?([A-Z]+)?/.exec(whole) ?? [];
    if (name !== "") yield { pid, name, args, result, file: unquoted(file), error };
  }
}

/** Arguments in order: quoted strings unquoted, descriptors as the path that -y shows. */
function argumentsOf(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"(?:\.\.\.)?|(?:AT_FDCWD|-?\d+)<((?:[^>\\]|\\.)*)>(?:\(deleted\))?|\{[^}]*\}|\[[^\]]*\]|[^,\s][^,]*/g)].map(
    ([whole, quoted, path]) => (quoted !== undefined ? `"${unquoted(quoted)}` : path !== undefined ? `<${unquoted(path)}` : whole),
  );
}

/** For calls that name one path: which argument is the path; the one before it may be its directory. */
const ONE_PATH: Readonly<Record<string, readonly [at: number, verb: Verb]>> = {
  stat: [0, "looked"], lstat: [0, "looked"], newfstatat: [1, "looked"], statx: [1, "looked"], access: [0, "looked"], faccessat: [1, "looked"], faccessat2: [1, "looked"],
  statfs: [0, "looked"], chdir: [0, "looked"], getxattr: [0, "looked"], lgetxattr: [0, "looked"], listxattr: [0, "looked"], llistxattr: [0, "looked"], inotify_add_watch: [1, "looked"],
  readlink: [0, "readlink"], readlinkat: [1, "readlink"], execve: [0, "ran"], execveat: [1, "ran"],
  mkdir: [0, "made"], mkdirat: [1, "made"], mknod: [0, "made"], mknodat: [1, "made"], symlink: [1, "made"], symlinkat: [2, "made"],
  unlink: [0, "removed"], unlinkat: [1, "removed"], rmdir: [0, "removed"], truncate: [0, "wrote"],
  chmod: [0, "changed"], fchmodat: [1, "changed"], fchmodat2: [1, "changed"], chown: [0, "changed"], lchown: [0, "changed"], fchownat: [1, "changed"], utimensat: [1, "changed"], utimes: [0, "changed"], utime: [0, "changed"],
};

/** Working directories. Threads share one: the object is the directory, its name may change. */
class Folders {
  readonly #of = new Map<string, { name: string }>();
  readonly #first: string;
  constructor(first: string) {
    this.#first = first;
  }
  get(pid: string): { name: string } {
    const known = this.#of.get(pid) ?? { name: this.#first };
    this.#of.set(pid, known);
    return known;
  }
  born(pid: string, parent: string, shares: boolean): void {
    const of = this.get(parent);
    this.#of.set(pid, shares ? of : { name: of.name });
  }
}

const absolute = (folder: string, path: string): string => (isAbsolute(path) ? path : `${folder === "/" ? "" : folder}/${path}`);

export function accessesOfStrace(trace: string, cwd: string): Accesses {
  const found: Accesses = new Map();
  const folders = new Folders(cwd);
  /* -y shows directories by their real names; the ledger has the name they were opened by. */
  const openedAs = new Map<string, string>();
  for (const call of callsOf(trace)) {
    const args = argumentsOf(call.args);
    const folder = folders.get(call.pid);
    const because = `${call.name}(${call.args.slice(0, 200)}) = ${call.result} ${call.error}`;
    const at = (index: number): string | null => {
      const [text = "", before = ""] = [args[index], args[index - 1]];
      if (!text.startsWith('"')) return null;
      const path = text.slice(1);
      if (path === "") return null;
      return absolute(before.startsWith("<") && index > 0 ? before.slice(1) : folder.name, path);
    };
    if (/^(v?fork|clone3?)$/.test(call.name) && Number(call.result) > 0) folders.born(call.result, call.pid, call.args.includes("CLONE_FS"));
    if (call.name === "fchdir" && call.result === "0") folder.name = (args[0] ?? "").slice(1);
    const isAbsent = call.error === "ENOENT" || call.error === "ENOTDIR";
    const failed = Number(call.result) < 0;
    if (/^(open|openat|openat2|creat)$/.test(call.name)) {
      const path = at(call.name.startsWith("openat") ? 1 : 0);
      if (path !== null && call.file !== "") openedAs.set(call.file, path);
      opened(found, call, path, because);
    } else if (/^getdents/.test(call.name)) add(found, "listed", openedAs.get((args[0] ?? "").slice(1)) ?? (args[0] ?? "").slice(1), because);
    else if (/^(fchmod|fchown)$/.test(call.name) && !failed) add(found, "changed", (args[0] ?? "").slice(1), because);
    else if (/^(rename|renameat2?|link|linkat)$/.test(call.name)) {
      const isAt = call.name.includes("at");
      const [from, to] = [at(isAt ? 1 : 0), at(isAt ? 3 : 1)];
      const verb = call.name.startsWith("rename") ? "renamed" : "linked";
      if (!failed) for (const path of [from, to]) if (path !== null) add(found, verb, path, because);
    } else {
      const [index, verb] = ONE_PATH[call.name] ?? [-1, "looked"];
      const path = index < 0 ? null : at(index);
      if (path === null) continue;
      if (call.name === "chdir" && !failed) folder.name = posix.normalize(path);
      if (isAbsent) add(found, "missing", path, because);
      else if (call.error === "EEXIST") add(found, "looked", path, because);
      else if (!failed) add(found, verb, path, because);
      else if (call.error === "EINVAL" && verb === "readlink") add(found, "readlink", path, because);
    }
  }
  return found;
}

function opened(found: Accesses, call: Call, path: string | null, because: string): void {
  if (path === null) return;
  if (call.error === "ENOENT" || (call.error === "ENOTDIR" && !call.args.includes("O_DIRECTORY"))) return add(found, "missing", path, because);
  if (call.error === "ENOTDIR") return add(found, "no-directory", path, because);
  if (call.error === "EEXIST") return add(found, "looked", path, because);
  if (Number(call.result) < 0) return;
  if (call.args.includes("O_TMPFILE")) return;
  if (call.args.includes("O_PATH")) return add(found, "looked", path, because);
  const writes = /O_WRONLY|O_RDWR|O_TRUNC/.test(call.args) || call.name === "creat";
  if (writes) add(found, "wrote", path, because);
  /* A directory that is opened is read only where its names are: getdents says so. */
  else if (!call.args.includes("O_DIRECTORY")) add(found, "read", path, because);
}

interface Line {
  readonly kind: string;
  readonly path?: string;
  readonly from?: string;
  readonly to?: string;
}

const VERB_OF: Readonly<Record<string, Verb>> = {
  opened: "read", stated: "looked", typed: "looked", missing: "missing", readlink: "readlink", listed: "listed", wrote: "wrote", removed: "removed",
  "made-dir": "made", "made-link": "made", "made-node": "made", changed: "changed", exec: "ran",
};

export function accessesOfLedgers(ndjson: string): { readonly accesses: Accesses; readonly troubles: readonly string[] } {
  const accesses: Accesses = new Map();
  const troubles: string[] = [];
  for (const text of ndjson.split("\n")) {
    if (text === "") continue;
    const line = JSON.parse(text) as Line;
    const because = text.slice(0, 240);
    const verb = VERB_OF[line.kind];
    if (verb !== undefined && line.path !== undefined) add(accesses, verb, line.path, because);
    else if (line.kind === "renamed" || line.kind === "linked") {
      for (const path of [line.from, line.to]) if (path !== undefined) add(accesses, line.kind, path, because);
    } else if (["doubt", "incomplete", "damaged"].includes(line.kind)) troubles.push(because);
  }
  return { accesses, troubles };
}

/** Saying more than was asked is no miss: who opened a directory may have listed it; who wrote a file was given its content. */
const COVERS: Readonly<Record<Verb, readonly Verb[]>> = {
  read: ["read", "wrote", "listed"], looked: ["looked", "read", "wrote", "listed", "made", "ran"],
  "no-directory": ["looked", "read", "wrote", "made", "ran", "missing"], missing: ["missing"], listed: ["listed"], wrote: ["wrote", "linked"],
  removed: ["removed"], made: ["made", "wrote"], renamed: ["renamed"], linked: ["linked", "wrote"], changed: ["changed"], readlink: ["readlink"], ran: ["ran"],
};

/** What lies below something that is missing is missing. */
function isBelowMissing(path: string, other: Accesses): boolean {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) if (other.has(`missing ${path.slice(0, at)}`)) return true;
  return false;
}

/** What `one` has and `other` lacks. */
export function missesOf(one: Accesses, other: Accesses): readonly (readonly [access: string, because: string])[] {
  return [...one].filter(([access]) => {
    const space = access.indexOf(" ");
    const path = access.slice(space + 1);
    const verb = access.slice(0, space) as Verb;
    return !COVERS[verb].some((covering) => other.has(`${covering} ${path}`)) && !(verb === "missing" && isBelowMissing(path, other));
  });
}

/** Names that differ from run to run look alike: process numbers, what mkstemp makes up, what lies in the temporary folder. */
export function masked(accesses: Accesses, temporary: string): Accesses {
  const inTemporary = (path: string): string =>
    path.startsWith(`${temporary}/`) ? join(temporary, path.slice(temporary.length + 1).replace(/[A-Za-z0-9_-]{6,}/g, "XXXXXX")) : path;
  return new Map([...accesses].map(([access, because]) => {
    const space = access.indexOf(" ");
    const path = inTemporary(access.slice(space + 1)).replace(/\d{3,}/g, "#").replace(/\/(st|cc|tmp|tmp_\w+_)[A-Za-z0-9]{6}(?=[./]|$)/g, "/$1XXXXXX");
    return [`${access.slice(0, space)} ${path}`, because];
  }));
}
