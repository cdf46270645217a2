// Builds of two commands with one fault each, and such with none. `./meet` lets both
// come to a point before either goes on, so each happens in the order that is meant,
// whatever the machine does meanwhile. Files are there before: x, y, old, parts/one.txt.

export interface Fault {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  /** One of these classes, on that path. Null: there is nothing wrong. */
  readonly found: { readonly classes: readonly string[]; readonly path: string } | null;
}

const MEET = "./meet 1 2";
const AGAIN = "./meet 2 2";

export const FAULTS: readonly Fault[] = [
  { name: "one reads what the other makes", a: `cp x made\n${MEET}`, b: `${MEET}\ncp made b.out`, found: { classes: ["missing-edge"], path: "made" } },
  { name: "one looks before the other has made it", a: `${MEET}\ncp x made`, b: `cp made b.out 2>/dev/null\n${MEET}`, found: { classes: ["missing-edge", "absence"], path: "made" } },
  { name: "one reads a header while the other writes it", a: `exec >gen.h\necho 1\n${MEET}\n${AGAIN}\necho 2`, b: `${MEET}\ncat gen.h >b.out\n${AGAIN}`, found: { classes: ["read-while-written"], path: "gen.h" } },
  { name: "both write one output", a: `cp x out\n${MEET}`, b: `${MEET}\ncp y out`, found: { classes: ["double-write"], path: "out" } },
  { name: "both use one temporary name", a: `cp x tmp\n${MEET}\n${AGAIN}\ncp tmp a.out\nrm -f tmp`, b: `${MEET}\ncp y tmp\n${AGAIN}\ncp tmp b.out\nrm -f tmp`, found: { classes: ["shared-temporary-name"], path: "tmp" } },
  { name: "both make one directory", a: `mkdir dir\n${MEET}`, b: `${MEET}\nmkdir dir 2>/dev/null`, found: { classes: ["made-twice", "absence", "time-only"], path: "dir" } },
  { name: "one removes what the other reads", a: `${MEET}\nrm old`, b: `cp old b.out\n${MEET}`, found: { classes: ["removed-while-used"], path: "old" } },
  { name: "one lists where the other makes something", a: `${MEET}\ncp x parts/two.txt`, b: `cat parts/*.txt >b.out\n${MEET}`, found: { classes: ["listing"], path: "parts" } },
  { name: "it matters that it is not there yet", a: `${MEET}\ncp x flag`, b: `test -e flag || cp y b.out\n${MEET}`, found: { classes: ["absence"], path: "flag" } },
  { name: "one compares the time of what the other writes", a: `${MEET}\ncp x old`, b: `[ old -nt x ] || cp y b.out\n${MEET}`, found: { classes: ["time-only"], path: "old" } },
  { name: "each has its own files", a: `cp x a.out\n${MEET}`, b: `${MEET}\ncp x b.out`, found: null },
  { name: "both make a directory that may be there", a: `mkdir -p dir\n${MEET}\ncp x dir/a`, b: `${MEET}\nmkdir -p dir\ncp x dir/b`, found: null },
  { name: "one makes a directory that the other finds, which fails over something else", a: `mkdir dir\n${MEET}`, b: `${MEET}\n[ -d dir ] || mkdir dir\necho "type error in x" >&2\nexit 1`, found: null },
  { name: "both append to a log", a: `echo a >>log\n${MEET}`, b: `${MEET}\necho b >>log`, found: null },
  { name: "both write the same bytes", a: `cp x same\n${MEET}`, b: `${MEET}\ncp x same`, found: null },
  { name: "a directory is a lock", a: `${MEET}\nuntil mkdir lock 2>/dev/null; do :; done\ncp x shared\nrmdir lock`, b: `${MEET}\nuntil mkdir lock 2>/dev/null; do :; done\ncp y shared\nrmdir lock`, found: null },
  { name: "flock holds a lock", a: `${MEET}\nflock lock cp x shared`, b: `${MEET}\nflock lock cp y shared`, found: null },
  { name: "temporary names are each one's own", a: `t=$(mktemp tmp.XXXXXX)\n${MEET}\ncp x $t\nmv $t a.out`, b: `t=$(mktemp tmp.XXXXXX)\n${MEET}\ncp x $t\nmv $t b.out`, found: null },
];
