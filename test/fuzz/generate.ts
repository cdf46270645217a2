// A random build and random edits, from a seed alone.

import { childScript, makeRule, OUTPUTS, shellLine, SOURCES, startOfChild, VARIABLES } from "./steps.ts";
import type { Random } from "./random.ts";
import type { Edit, Sequence, Step } from "./sequence.ts";

const STEPS_MAX = 9;
const ROUNDS_MAX = 7;

/** Few, so that a state comes back; three of one size, so that sizes tell nothing. */
const TEXTS = ["one\n", "two\n", "six\n", "many\nmore\nlines\n", "", "no newline"] as const;
const CLEAN = 'rm -rf out "$TMPDIR"/* "$HOME"/h*';

/** As in a place: $HOME/rc is home/rc. */
export const placed = (path: string): string => path
  .replace(/^\$HOME\//, "home/").replace(/^\$TMPDIR\//, "tmp/").replace(/^\$OUTSIDE\//, "outside/").replace(/^(?=src|out)/, "work/");

function scriptText(random: Random): string {
  return random.pick(["cat \"$1\"\n", "cat \"$1\" \"$1\"\n", "wc -l < \"$1\"\n", "cat src/g/h.txt; echo \"$1\"\n", ". ./src/settings.sh\n", "exit 3\n"]);
}

function program(random: Random): string {
  return random.pick(["#!/bin/sh\necho run\ncat src/a.txt\n", "#!/bin/sh\nexit 1\n", "#!/bin/cat\ntext\n", "#!/nowhere\n"]);
}

function codeText(random: Random): string {
  return `${random.pick(["", "#include <h.h>\n", "#if __has_include(\"g/h.txt\")\n#define N 2\n#endif\n"])}#ifndef N\n#define N ${random.below(3)}\n#endif\nint main(void) { return N; }\n`;
}

function write(random: Random, path: string): Edit {
  const at = placed(path);
  if (at === "work/src/settings.sh") return { kind: "write", path: at, text: `SETTING=${random.below(3)}\n` };
  if (at === "work/src/script.sh") return { kind: "write", path: at, text: scriptText(random) };
  if (at === "work/src/run.sh") return { kind: "write", path: at, text: program(random) };
  if (at === "work/src/m.c") return { kind: "write", path: at, text: codeText(random) };
  return { kind: "write", path: at, text: random.pick(TEXTS) };
}

const SPECIAL = ["src/settings.sh", "src/script.sh", "src/run.sh", "src/m.c", "src/g/h.h", "src/h.h"] as const;
const EDITED = [...SOURCES, ...SOURCES, ...SPECIAL, "src/1.txt", "src/d/new.txt"] as const;

function sourcesOf(random: Random): Edit[] {
  const always: Edit[] = SPECIAL.slice(0, 4).map((path) => write(random, path));
  const some = [...SOURCES, "src/g/h.h", "src/h.h"].filter(() => random.chance(75)).map((path) => write(random, path));
  return [...always, ...some, { kind: "mode", path: "work/src/run.sh", mode: 0o755 }];
}

function edit(random: Random, steps: readonly Step[]): Edit {
  const path = random.pick(EDITED);
  const at = placed(path);
  const isOutput = random.chance(25);
  const target = isOutput ? placed(random.pick([...OUTPUTS, "out/l0", "out/m1", "out/m2"])) : at;
  const step = (): number => random.pickAny(steps)?.id ?? 0;
  const kinds: readonly [() => Edit, ...(() => Edit)[]] = [
    () => (isOutput ? { kind: "write", path: target, text: random.pick(TEXTS) } : write(random, path)),
    () => write(random, path),
    () => write(random, path),
    () => ({ kind: "sneak", path: target, text: random.pick(TEXTS) }),
    () => ({ kind: "touch", path: target }),
    () => ({ kind: "delete", path: target }),
    () => ({ kind: "delete", path: random.pick([target, target, "work/out", "work/src/g", "work/out/d"]) }),
    () => ({ kind: "mode", path: target, mode: random.pick([0o600, 0o644, 0o755, 0o444, 0o200, 0o000]) }),
    () => ({ kind: "mode", path: random.pick(["work/src/d", "work/src/g", "work/out/d"]), mode: random.pick([0o700, 0o755, 0o555, 0o600, 0o300]) }),
    () => ({ kind: "link", path: target, target: random.pick(["a.txt", "b.txt", "nowhere", "../d", "."]) }),
    () => ({ kind: "folder", path: target }),
    () => ({ kind: "rename", path: at, to: placed(random.pick(EDITED)) }),
    () => ({ kind: "rename", path: random.pick(["work/src/d", "work/src/g", "work/src/away"]), to: random.pick(["work/src/d", "work/src/g", "work/src/away"]) }),
    () => ({ kind: "variable", name: random.pick(VARIABLES), value: random.pick([null, "", "x", "y"]) }),
    () => ({ kind: "swap", first: step(), second: step() }),
    () => ({ kind: "toggle", step: step() }),
    () => ({ kind: "toggle", step: step() }),
  ];
  return random.pick(kinds)();
}

function roundsOf(random: Random, steps: readonly Step[]): Edit[][] {
  return random.times(2 + random.below(ROUNDS_MAX - 1), (index) => {
    if (index === 0 || random.chance(15)) return [];
    return random.times(random.pick([1, 1, 1, 2, 4]), () => edit(random, steps));
  });
}

function scriptSequence(random: Random): Sequence {
  const startsClean = random.chance(40);
  const count = 1 + random.below(STEPS_MAX);
  const drawn = random.times(count, (index): Step => {
    const [text, isChild] = [shellLine(random), random.chance(50)];
    return isChild ? { id: index + 1, text: childScript(random, text), child: startOfChild(random) } : { id: index + 1, text, child: null };
  });
  const first = { id: 0, text: `${startsClean ? `${CLEAN}; ` : ""}mkdir -p out/d`, child: null };
  const steps = [first, ...drawn];
  return {
    form: "script", command: ["sh", "build.sh"], isParallel: false, startsClean, project: null,
    sources: sourcesOf(random), steps, rounds: roundsOf(random, drawn),
  };
}

function makeSequence(random: Random): Sequence {
  const isParallel = random.chance(40);
  const steps = random.times(2 + random.below(5), (index) => ({ id: index, text: makeRule(random, index, Array.from({ length: index }, (_, at) => at)), child: null }));
  return {
    form: "make", command: isParallel ? ["make", "-k", "-s", "-j2"] : ["make", random.pick(["-k", "-j1", "-s"])], isParallel, startsClean: false, project: null,
    sources: sourcesOf(random), steps, rounds: roundsOf(random, steps),
  };
}

/** The steps of a script that begins clean, each as the task of a package: what they leave depends on the sources alone. */
export function tasksSequence(random: Random): Sequence {
  for (;;) {
    const drawn = scriptSequence(random);
    if (drawn.startsClean) return { ...drawn, form: "tasks" };
  }
}

export const generate = (random: Random): Sequence => (random.chance(30) ? makeSequence(random) : scriptSequence(random));
