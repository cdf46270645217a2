// Environment variables as facts: which count, and what of their value. Values
// are never stored or hashed before roots are replaced by tokens, and never
// appear in the clear (they hold passwords).

import { byteOrder } from "../base/path.ts";
import { ABSENT, valueState, type State } from "./facts.ts";
import type { Roots } from "./roots.ts";

/** They name a terminal, a session or a nesting depth: different in every shell, and no build means them. */
export const VOLATILE_NAMES = [
  "_", "SHLVL", "OLDPWD", // the shell's own bookkeeping
  "WINDOWID", "TERM_SESSION_ID", "ITERM_SESSION_ID", "WT_SESSION", "TMUX", "TMUX_PANE", "STY", "WINDOW", // which terminal window
  "XDG_SESSION_ID", "XDG_VTNR", "XDG_SEAT", "XDG_SEAT_PATH", "XDG_SESSION_PATH", "DBUS_SESSION_BUS_ADDRESS", // which login
  "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "MANAGERPID", // which systemd service start
  "GPG_AGENT_INFO", "GPG_TTY", "MAKE_TERMOUT", "MAKE_TERMERR", // sockets and terminals by name
  "BERRY_BIN_FOLDER", // yarn: a directory with a random name for each run
];
export const VOLATILE_PREFIXES = ["SSH_", "FATHOM_", "VSCODE_", "KONSOLE_", "GNOME_TERMINAL_", "COPROC"];
const VOLATILE = new Set(VOLATILE_NAMES);

/**
 * Read by libc and the loader themselves, not by the program's own getenv:
 * they count whatever a program was seen to ask for. Source: environ(7),
 * ld.so(8), locale(7), mallopt(3), iconv(1), and glibc's "tunables" manual.
 */
export const LIBC_NAMES = [
  "LANG", "LANGUAGE", "TZ", "TZDIR", "PATH", "TMPDIR", "POSIXLY_CORRECT", "LOCPATH", "NLSPATH", "GCONV_PATH", "CHARSET", "OUTPUT_CHARSET",
  "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS", "RESOLV_HOST_CONF", "GETCONF_DIR", "DATEMSK", "MUSL_LOCPATH", "IFS",
  "HOME", "MSGVERB", "SEV_LEVEL", "ARGP_HELP_FMT", // glob(3), fmtmsg(3), argp(3)
];
export const LIBC_PREFIXES = ["LC_", "LD_", "MALLOC_"];
const LIBC = new Set(LIBC_NAMES);

/** Our own library in somebody's LD_PRELOAD is not theirs. */
const OWN_LIBRARY = /(^|\/)(lib)?fathom[^/]*\.so$/;
/** How many jobs, and where their tokens are: how make runs, not what it makes. */
const JOB_WORD = /^(-j\d*|--jobs(=\d+)?|--jobserver-(auth|fds)=\S*)$/;
const JOB_VARIABLES = new Set(["MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS"]);

/** The words of such a variable that count. */
const wordsOf = (value: string): string[] => value.split(" ").filter((word) => word !== "" && !JOB_WORD.test(word));

/** Not a variable but a question about a standard stream, the machine or the user, which the supervisor answers beside them. */
export const QUESTION_MARK = "\x01";
export const isQuestion = (name: string): boolean => name.startsWith(QUESTION_MARK);
export const isVolatile = (name: string): boolean => VOLATILE.has(name) || VOLATILE_PREFIXES.some((prefix) => name.startsWith(prefix));
export const isReadByLibc = (name: string): boolean => LIBC.has(name) || LIBC_PREFIXES.some((prefix) => name.startsWith(prefix));

/** A variable as it counts at one place: equal bytes mean equal states. */
export function countedBytes(variable: string): string {
  const cut = variable.indexOf("=") + 1;
  if (cut === 0 || !JOB_VARIABLES.has(variable.slice(0, cut - 1))) return `${variable}\0`;
  return `${variable.slice(0, cut)}${wordsOf(variable.slice(cut)).map((word) => `${word} `).join("")}\0`;
}

/** The environment of one exec: "NAME=value", one character a byte. The first of two equal names counts, as in getenv(3). */
export class Environment {
  readonly #values = new Map<string, string>();
  readonly #roots: Roots;
  #all: State | undefined;

  constructor(variables: readonly string[], roots: Roots) {
    this.#roots = roots;
    for (const variable of variables) {
      const cut = variable.indexOf("=");
      if (cut <= 0) continue; // getenv(3) cannot find it.
      const name = variable.slice(0, cut);
      if (!this.#values.has(name)) this.#values.set(name, variable.slice(cut + 1));
    }
  }

  variable(name: string): State {
    const value = this.#meant(name);
    return value === null ? ABSENT : valueState(value);
  }

  /** Everything that is not volatile, as one state. */
  all(): State {
    this.#all ??= this.#together((name) => !isVolatile(name) && !isQuestion(name));
    return this.#all;
  }

  libc(): State {
    return this.#together(isReadByLibc);
  }

  /** The value with roots as tokens and without what is ours or make's bookkeeping. */
  #meant(name: string): string | null {
    const value = this.#values.get(name);
    if (value === undefined) return null;
    if (name === "LD_PRELOAD") {
      const theirs = value.split(/[: ]+/).filter((library) => library !== "" && !OWN_LIBRARY.test(library));
      return theirs.length === 0 ? null : this.#roots.tokeniseText(theirs.join(":"));
    }
    if (JOB_VARIABLES.has(name)) {
      return this.#roots.tokeniseText(wordsOf(value).join(" "));
    }
    return this.#roots.tokeniseText(value);
  }

  #together(counts: (name: string) => boolean): State {
    const lines: string[] = [];
    for (const name of [...this.#values.keys()].filter(counts).sort(byteOrder)) {
      const value = this.#meant(name);
      if (value !== null) lines.push(`${name}=${value}\0`);
    }
    return valueState(lines.join(""));
  }
}
