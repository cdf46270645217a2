// What a guest is: a program that does something odd beneath a build, told as data.
// The same history happens bare and under Fathom: in an empty folder, once more in an
// empty folder, and once more with an input edited and everything else in place.

/** How the second history of a guest is answered, when nothing has changed since the first. */
export type Answer =
  /** The command is replayed. */
  | "replayed"
  /** Parts of it are replayed; the rest compares times, or is not stored. */
  | "in part"
  /** It runs: it is too short to be worth an entry, or compares times. */
  | "runs"
  /** It runs, and this code of failures.md says why it is not stored. */
  | { readonly code: string };

export interface Guest {
  readonly group: string;
  /** What is shown, in the words of the table. */
  readonly name: string;
  /** Programs (or files, with a slash) that must be there: keys of PACKAGES. */
  readonly needs: readonly (keyof typeof PACKAGES)[];
  readonly files?: Readonly<Record<string, string>>;
  /** For sh -c. FATHOM is the installed command, PLACE the folder of folders of this guest. */
  readonly command: string;
  /** File and new text: a result must change with it. */
  readonly edit?: readonly [file: string, text: string];
  readonly answer: Answer;
  /** Another answer that is as right, and what decides between them. */
  readonly chance?: { readonly answer: Answer; readonly why: string };
  /** What is the same although the bytes differ: process ids, addresses, times. */
  readonly mask?: (text: string) => string;
  /** Files whose bytes differ from run to run without Fathom too. */
  readonly varies?: RegExp;
  /** Only root can become somebody else. */
  readonly isForRoot?: boolean;
  /** Bare and under Fathom it is an ordinary user who runs it; who runs the guests prepares it. */
  readonly isOfUser?: boolean;
  /** For sh -c, before each history, without Fathom. */
  readonly prepare?: string;
  /** Why a difference is as documented: the words of limits.md. Nothing else may differ. */
  readonly differs?: { readonly why: string; readonly mask: (text: string) => string };
  /** Longest that one run may take, where the common limit is too short. */
  readonly msMax?: number;
}

/** Debian's package for each program that guests need. */
export const PACKAGES = {
  "bash": "bash", "busybox": "busybox-static", "bwrap": "bubblewrap", "cargo": "cargo", "cc": "gcc", "ccache": "ccache", "chromium": "chromium", "cmake": "cmake",
  "fakeroot": "fakeroot", "gdb": "gdb", "git": "git", "go": "golang-go", "javac": "default-jdk-headless", "ltrace": "ltrace", "make": "make", "man": "man-db",
  "musl-gcc": "musl-tools", "ninja": "ninja-build", "parallel": "parallel", "pdflatex": "texlive-latex-base", "perl": "perl", "/usr/bin/python3": "python3", "/usr/bin/py.test-3": "python3-pytest", "rsync": "rsync",
  "sccache": "sccache", "script": "bsdutils", "setpriv": "util-linux", "strace": "strace", "su": "util-linux", "sudo": "sudo", "tar": "tar", "unshare": "util-linux", "valgrind": "valgrind",
  "/usr/lib32/libc.a": "gcc-multilib",
} as const;
