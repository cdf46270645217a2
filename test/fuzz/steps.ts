// The lines of random shell builds. Each reads, looks for, lists, makes, moves or
// removes something; none depends on the time, a process id, an inode, or on
// which of two processes is first.

import type { Random } from "./random.ts";

/** Some exist at first and some do not: a step may look for what is not there. */
export const SOURCES = ["src/a.txt", "src/b.txt", "src/c.txt", "src/d/e.txt", "src/d/f.txt", "src/g/h.txt", "$HOME/rc", "$OUTSIDE/lib.h"] as const;
export const OUTPUTS = ["out/o0", "out/o1", "out/o2", "out/d/p0", "out/d/p1", "out/n/q0", "$TMPDIR/t0", "$HOME/h0"] as const;
const LINKS = ["out/l0", "out/l1", "out/d/l2"] as const;
const FOLDERS = ["src", "src/d", "src/g", "out", "out/d", "out/n"] as const;
export const VARIABLES = ["FUZZ_A", "FUZZ_B", "FUZZ_C"] as const;

type Template = (random: Random) => string;

const quoted = (path: string): string => (path.startsWith("$") ? `"${path}"` : path);
const source: Template = (random) => quoted(random.pick(SOURCES));
const output: Template = (random) => quoted(random.pick(OUTPUTS));
const link: Template = (random) => quoted(random.pick(LINKS));
const folder: Template = (random) => random.pick(FOLDERS);
const variable: Template = (random) => random.pick(VARIABLES);
const any: Template = (random) => random.pick([source, source, output, link])(random);
const made: Template = (random) => random.pick([output, output, link])(random);

/** Reading and writing one file at a time through a pipe is a race: what is read there is a source. */
const SHELL: readonly [Template, ...Template[]] = [
  (r) => `cat ${source(r)} > ${output(r)}`,
  (r) => `cat ${source(r)} ${source(r)} >> ${output(r)}`,
  (r) => `cat ${any(r)}`,
  (r) => `echo "${r.below(5)}" > ${made(r)}`,
  (r) => `if [ -e ${any(r)} ]; then echo yes; else echo no; fi > ${output(r)}`,
  (r) => `if [ ${r.pick(["-f", "-d", "-L", "-x", "-s", "-r"])} ${any(r)} ]; then echo yes >> ${output(r)}; else rm -f ${output(r)}; fi`,
  (r) => `if [ ${source(r)} -nt ${source(r)} ]; then echo newer; else echo older; fi > ${output(r)}`,
  (r) => `ls ${folder(r)} > ${r.pick(["\"$TMPDIR/t0\"", "\"$HOME/h0\""])}`,
  (r) => `ls -A ${folder(r)}`,
  (r) => `find ${folder(r)} -type f | LC_ALL=C sort > "$TMPDIR/t1"`,
  (r) => `for f in ${folder(r)}/*; do echo "$f"; done`,
  (r) => `for f in src/*.txt; do wc -c < "$f"; done > ${output(r)}`,
  (r) => `for v in 1 2 3; do if [ -f src/$v.txt ]; then echo $v; fi; done > ${output(r)}`,
  (r) => `cp ${source(r)} ${output(r)}`,
  (r) => `cp -p ${source(r)} ${output(r)}`,
  (r) => `cp -r ${r.pick(["src", "src/d", "src/g"])} ${r.pick(["out/n", "out/copy"])}`,
  (r) => `cp -a ${r.pick(["src/d", "src/g", "out/d"])} out/keep`,
  (r) => `install -m ${r.pick(["600", "755", "644"])} ${source(r)} ${output(r)}`,
  (r) => `cmp -s ${source(r)} ${output(r)} || cp ${source(r)} ${output(r)}`,
  (r) => `mv ${made(r)} ${made(r)}`,
  () => `mv out/d out/moved; mkdir -p out/d`,
  () => `mv out/moved out/d`,
  (r) => `mv -f ${output(r)} ${r.pick(["out/d", "out/n", "out/fresh"])}`,
  (r) => `rm -f ${made(r)}`,
  (r) => `rm -rf ${r.pick(["out/d", "out/n", "out/copy", "out/keep", "out/moved"])}`,
  (r) => `rmdir ${r.pick(["out/n", "out/d", "out/empty"])}`,
  (r) => `mkdir -p ${r.pick(["out/n", "out/d", "out/empty", "out/n/deep/er"])}`,
  (r) => `mkdir ${r.pick(["out/n", "out/empty"])}`,
  (r) => `(umask 077; mkdir -p out/private; echo ${r.below(3)} > out/private/x)`,
  (r) => `ln -s ${r.pick(["o0", "o1", "../src/a.txt", "d", "../src", "nowhere", "l1"])} ${link(r)}`,
  (r) => `ln -sf ${r.pick(["o0", "o2", "../src/b.txt", "nowhere"])} ${link(r)}`,
  (r) => `ln -f ${output(r)} ${r.pick(["out/h0", "out/h1"])}`,
  (r) => `readlink ${link(r)}`,
  (r) => `chmod ${r.pick(["600", "644", "755", "+x", "a-w"])} ${output(r)}`,
  (r) => `touch ${made(r)}`,
  (r) => `touch -r ${source(r)} ${output(r)}`,
  (r) => `: > ${made(r)}`,
  (r) => `sed -i -e s/o/0/ ${output(r)}`,
  (r) => `sort ${source(r)} 2>/dev/null | uniq -c | tee ${output(r)} | wc -l`,
  (r) => `cat ${source(r)} | tr a-z A-Z > ${output(r)}`,
  (r) => `head -c 3 ${source(r)} > ${output(r)}; tail -c +3 ${source(r)} >> ${output(r)}`,
  (r) => `t=$(mktemp); cat ${source(r)} > "$t"; mv -T "$t" ${output(r)} 2>/dev/null || rm -f "$t"`,
  (r) => `cat ${source(r)} > out/tmp.$$; mv -T out/tmp.$$ ${output(r)} 2>/dev/null || rm -f out/tmp.$$`,
  (r) => `d=$(mktemp -d) && cp ${source(r)} "$d/x" && (cd "$d" && sort x) > ${output(r)}; rm -rf "$d"`,
  (r) => `{ echo head; cat ${source(r)}; sh -c 'echo inner'; } > ${output(r)}`,
  (r) => `exec 5> ${output(r)}; cat ${source(r)} >&5; echo end >&5; exec 5>&-`,
  (r) => `while read -r line; do echo "<$line>"; done < ${source(r)} > ${output(r)}`,
  (r) => `cat < ${source(r)} > ${output(r)}`,
  (r) => `echo "$${variable(r)}" > ${output(r)}`,
  (r) => `printenv ${variable(r)} > ${output(r)}`,
  (r) => `${variable(r)}=${r.below(3)} sh -c 'echo "$FUZZ_A$FUZZ_B"; cat src/a.txt' > ${output(r)}`,
  (r) => `[ -n "$${variable(r)}" ] && rm -f ${output(r)}`,
  (r) => `(cd ${folder(r)} && cat *.txt ../src/a.txt)`,
  (r) => `(cd ${r.pick(["src", "out", "src/d"])} && pwd > "$TMPDIR/where")`,
  (r) => `. ./src/settings.sh; echo "$SETTING" > ${output(r)}`,
  (r) => `sh src/script.sh ${source(r)} > ${output(r)}`,
  (r) => `src/run.sh > ${output(r)}`,
  () => `tar cf "$TMPDIR/x.tar" --mtime=@0 --sort=name --owner=0 --group=0 src && tar tf "$TMPDIR/x.tar" && rm "$TMPDIR/x.tar"`,
  (r) => `tar cf - src | tar xf - -C ${r.pick(["out", "out/d", "out/n"])}`,
  (r) => `echo said ${r.below(5)} >&2`,
  (r) => `truncate -s ${r.below(9)} ${output(r)}`,
  (r) => `dd if=${source(r)} of=${output(r)} bs=1 seek=${r.below(4)} conv=notrunc status=none`,
  () => `find out -name 'o*' -size 0 -delete`,
  (r) => `find src -name '*.txt' -exec cat {} + | wc -l > ${output(r)}`,
  (r) => `stat -c '%a %F' ${any(r)}`,
  (r) => `test -e ${any(r)} || exit ${r.pick(["0", "3"])}`,
  (r) => `awk '{ n++ } END { print n }' ${source(r)} > ${output(r)}`,
  (r) => `split -l 1 ${source(r)} out/part-`,
  (r) => `paste -d, ${source(r)} ${source(r)} > ${output(r)}`,
  (r) => `cat ${r.pick(["src/a.txt", "src/b.txt"])} > out/r0 2>/dev/null & sort ${r.pick(["src/a.txt", "src/c.txt"])} > out/r1 2>/dev/null & sh -c 'cat src/d/e.txt > out/r2' 2>/dev/null & wait`,
];

/** Programs of ours that make calls coreutils do not; see tool.c. */
const TOOL_CALLS: readonly [Template, ...Template[]] = [
  (r) => `copy ${source(r)} ${output(r)}`,
  (r) => `append ${source(r)} ${output(r)}`,
  (r) => `exclusive ${source(r)} ${output(r)}`,
  (r) => `update ${source(r)} ${output(r)}`,
  (r) => `mapped ${source(r)} ${output(r)}`,
  (r) => `nameless ${source(r)} ${output(r)}`,
  (r) => `exchange ${output(r)} ${output(r)}`,
  (r) => `keep ${output(r)} ${output(r)}`,
  (r) => `replace ${source(r)} ${output(r)}`,
  (r) => `vanish ${source(r)} ${output(r)}`,
  (r) => `forked ${source(r)} ${output(r)}`,
  (r) => `listed ${folder(r)} ${quoted(r.pick(["$TMPDIR/t0", "$HOME/h0"]))}`,
  (r) => `looked ${any(r)} ${output(r)}`,
  (r) => `beside ${r.pick(["src", "src/d", "out/d"])} ${output(r)}`,
];
const tool: Template = (r) => `"${r.pick(["$TOOLS/tool", "$TOOLS/tool.static"])}" ${r.pick(TOOL_CALLS)(r)}`;

const slow: readonly [Template, ...Template[]] = [
  (r) => `node -e 'const fs = require("fs"); fs.writeFileSync(process.argv[2], fs.existsSync(process.argv[1]) ? fs.readFileSync(process.argv[1]) : "none")' ${source(r)} ${output(r)}`,
  (r) => `node -e 'const fs = require("fs"); fs.mkdirSync("out/js", { recursive: true }); fs.writeFileSync("out/js/list", fs.readdirSync("${r.pick(["src", "src/d"])}").sort().join())'`,
  () => `cc -O0 -Isrc/g -Isrc -c src/m.c -o out/m.o && cc out/m.o -o out/m && out/m`,
  () => `cc -Isrc/g -Isrc -E -P src/m.c > out/m.i`,
];

/** One in so many is a compiler or node: they cost as much as thirty others. */
const SLOW_PERCENT = 2;

/** So that the line is worth storing by itself; see tool.c. */
const LONGER = /^(?=(?:cat|cp|sort|ls|find|mv|rm|ln|sed|install|chmod|touch|mkdir|rmdir|split|paste|awk|stat|dd|truncate|readlink|printenv|tar|sh) )/;
const spinning = (random: Random): string => `"${random.pick(["$TOOLS/tool", "$TOOLS/tool.static"])}" run `;

/** A script of its own: either what it does first takes time, or what starts it. */
export const childScript = (random: Random, line: string): string => (random.chance(50) ? `${spinning(random)}true\n${line}` : line);
export const startOfChild = (random: Random): string => (random.chance(50) ? spinning(random) : "");

export function shellLine(random: Random): string {
  if (random.chance(SLOW_PERCENT)) return random.pick(slow)(random);
  const plain = random.chance(25) ? tool(random) : random.pick(SHELL)(random);
  const line = random.chance(50) ? plain.replace(LONGER, spinning(random).replaceAll("$", "$$$$")) : plain;
  return random.chance(8) ? `${line} || exit ${random.below(3)}` : line;
}

/** A rule that writes its target from what it names and what it does not name. */
export function makeRule(random: Random, id: number, earlier: readonly number[]): string {
  const needs = random.times(1 + random.below(3), () => {
    const before = random.pickAny(earlier);
    return before !== null && random.chance(50) ? `out/m${before}` : random.pick(["src/a.txt", "src/b.txt", "src/c.txt", "src/d/e.txt", "$(wildcard src/d/*.txt)"]);
  });
  const recipe = random.pick([
    "cat $^ > $@", "sort $^ > $@", "cat $^ | tr a-z A-Z > $@", "cp $< $@", "cmp -s $< $@ || cp $< $@", "cat $^ > $@.tmp && mv $@.tmp $@",
    "cat $^ src/g/h.txt > $@ 2>/dev/null; true", "if [ -e src/g/h.txt ]; then echo yes; fi > $@; cat $^ >> $@", "echo $^ > $@", "echo \"$$FUZZ_A\" > $@", "\"$$TOOLS/tool\" copy $< $@",
    "\"$$TOOLS/tool.static\" replace $< $@", "test -s $< && cp $< $@", "ln -f $< $@", "cp -p $< $@", "sh src/script.sh $< > $@",
  ]);
  const whole = random.chance(60) ? `"$$TOOLS/tool" run sh -c '${recipe}'` : recipe;
  return `out/m${id}: ${[...new Set(needs)].join(" ")}\n\t${random.chance(40) ? "@" : ""}mkdir -p out; ${whole}`;
}
