// `fathom lab`: small systems that break, and what Fathom says of them.

import { join } from "node:path";
import { copyTree, foldersIn, makeScratch, removeTree } from "../../base/scratch.ts";
import type { Failure, Result } from "../../base/result.ts";
import { perhaps } from "../../workspace/nearest.ts";
import { askLab, hasFix, readLab, type Asked, type Lab } from "../lab.ts";
import { packageRoot } from "../places.ts";
import { table, type Environment, type Printer } from "../render.ts";

export interface LabOptions {
  readonly all?: true;
  readonly keep?: true;
  readonly json?: true;
}

const home = (): string => join(packageRoot(), "examples/lab");

export async function lab(name: string | undefined, options: LabOptions, env: Environment, print: Printer): Promise<number> {
  const names = foldersIn(home());
  if (name !== undefined && !names.includes(name)) {
    print.failure({ code: "lab-unknown", message: `Cannot find "${name}" in the laboratory`, advice: perhaps(name, names, "Run: fathom lab") });
    return 2;
  }
  const labs: Lab[] = [];
  for (const each of name === undefined ? names : [name]) {
    const read = readLab(join(home(), each), each);
    if (!read.ok) return failed(read.failure, print);
    labs.push(read.value);
  }
  if (name === undefined && options.all !== true) return list(labs, options.json === true, print);
  const results: { readonly name: string; readonly isAsExpected: boolean; readonly missing: readonly string[] }[] = [];
  for (const each of labs) {
    const asked = await play(each, options, env, print);
    if (!asked.ok) return failed(asked.failure, print);
    results.push({ name: each.name, isAsExpected: asked.value.missing.length === 0, missing: asked.value.missing });
  }
  if (options.json === true) print.value({ kind: "lab", labs: results });
  return results.every(({ isAsExpected }) => isAsExpected) ? 0 : 1;
}

function failed(failure: Failure, print: Printer): number {
  print.failure(failure);
  return 1;
}

function list(labs: readonly Lab[], isJson: boolean, print: Printer): number {
  if (isJson) print.value({ kind: "lab", labs: labs.map(({ name, title, symptom }) => ({ name, title, symptom })) });
  else for (const line of table(labs.map(({ name, title }) => [name, title])).map((row) => row.trimEnd())) print.say(line);
  return 0;
}

/** Both answers, that before and that after the fix; what is missing in either. */
async function play(lab: Lab, options: LabOptions, env: Environment, print: Printer): Promise<Result<Asked, Failure>> {
  const isQuiet = options.json === true;
  const say = (line: string): void => { if (!isQuiet) print.say(line); };
  const scratch = makeScratch("fathom-lab");
  const [from, folder] = [join(home(), lab.name), join(scratch, lab.name)];
  copyTree(from, folder);
  for (const ours of ["fixed", "lab.json"]) removeTree(join(folder, ours));
  const bench = {
    folder, env: { ...env, FATHOM: join(packageRoot(), "bin/fathom"), FATHOM_STORE: join(scratch, "store"), MAKEFLAGS: "" }, show: (line: string) => { say(`$ ${line}`); },
  };
  try {
    say(print.bold(lab.title));
    say(`What one sees: ${lab.symptom}`);
    const first = await askLab(lab, lab.answer, bench);
    if (!first.ok) return first;
    tell(first.value, say, print);
    say(`What it is: ${lab.depth}`);
    say(`The fix: ${lab.fix}`);
    if (!hasFix(from) || lab.after.length === 0) return first;
    copyTree(join(from, "fixed"), folder);
    const second = await askLab(lab, lab.after, bench);
    if (!second.ok) return second;
    tell(second.value, say, print);
    return { ok: true, value: { said: second.value.said, missing: [...first.value.missing, ...second.value.missing] } };
  } finally {
    if (options.keep === true) say(`The folder is still there: ${scratch}`);
    else removeTree(scratch);
  }
}

function tell({ said, missing }: Asked, say: (line: string) => void, print: Printer): void {
  for (const line of said.trimEnd().split("\n")) say(`  ${line}`);
  for (const pattern of missing) say(print.red(`  That should have said: ${pattern}`));
  if (missing.length === 0) say(print.green("  as expected"));
}
