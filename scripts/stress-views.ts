// Runs stress-ng's stressors of file systems in a view of each tier and in a plain
// directory: whatever fails in the view must fail in the directory too.
// `npm run stress:views -- --seconds 1 --tier user`. As root, and needs stress-ng. Ends with 1 when a view failed where the directory did not.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeScratch, removeTree } from "../src/base/scratch.ts";
import { beginOf, isOrdinary, MORE_TIERS, TIERS, whoOf } from "../test/fuzz/views.ts";
import { Rig } from "../test/rig/rig.ts";
import { say, type Told } from "../test/rig/view-rig.ts";

/** They mount, or change the machine. */
const LEFT_OUT = ["bind-mount", "binderfs", "fanotify"];

interface Other {
  readonly names: readonly string[];
  readonly because: string;
}

/** What cannot be as it is in a directory (docs/reference/limits.md): in a namespace of one user nobody else has a number, and fchown says EINVAL where plainly it is not permitted. */
const OTHER_IN: Readonly<Record<string, Other>> = {
  user: { names: ["chown"], because: "an overlay of one user" },
  fixed: { names: ["utime"], because: "a view in which all has one time" },
};

const { values } = parseArgs({ options: { seconds: { type: "string", default: "1" }, tier: { type: "string" } } });
const print = (text: string): unknown => process.stdout.write(`${text}\n`); // tidy: a program of its own

/** stress-ng says them itself. */
function stressors(): readonly string[] {
  const said = spawnSync("stress-ng", ["--class", "filesystem?"], { encoding: "utf8" });
  return `${said.stdout}${said.stderr}`.replace(/^[^:]*:/, "").trim().split(/\s+/).filter((name) => /^[a-z][a-z-]*$/.test(name) && !LEFT_OUT.includes(name));
}

const passed = ({ code }: Pick<Told, "code">): boolean => code === 0;
const NOT_HERE = 4; // Source: stress-ng(1): the stressor is not implemented or has no resources here.

let wrong = 0;
const names = stressors();
if (names.length === 0) throw new Error('Cannot stress views: there is no stress-ng; "apt-get install stress-ng" brings it');
for (const tier of TIERS.filter((each) => !MORE_TIERS.has(each) && (values.tier === undefined || each === values.tier))) {
  const known = OTHER_IN[tier];
  const scratch = makeScratch("fathom-stress-view");
  try {
    const rig = new Rig(scratch);
    mkdirSync(rig.path(".git"));
    mkdirSync(rig.path("at"));
    mkdirSync(join(scratch, "plain"));
    const who = whoOf(tier);
    if (isOrdinary(tier)) rig.bare(["chown", "-R", "64321:64321", scratch]);
    say(rig, beginOf(tier), who);
    const counts = { passed: 0, both: 0, notHere: 0, known: 0 };
    for (const name of names) {
      const command = (folder: string): readonly [string, ...string[]] => ["stress-ng", `--${name}`, "1", "--timeout", `${values.seconds}s`, "--temp-path", folder, "--quiet", "--verify"];
      const view = say(rig, ["view", "enter", "v", "--", ...command("at")], who);
      if (passed(view)) counts.passed++;
      else {
        const [program = "", ...words] = [...(isOrdinary(tier) ? who : []), ...command("plain")];
        const plain = spawnSync(program, words, { cwd: scratch, encoding: "utf8" });
        if (plain.status === view.code) counts[view.code === NOT_HERE ? "notHere" : "both"]++;
        else if (known?.names.includes(name) === true) counts.known++;
        else {
          wrong++;
          print(`${tier}, ${name}: in the view ${String(view.code)}, plainly ${String(plain.status)}: ${view.stderr.trim().split("\n")[0] ?? ""}`);
        }
      }
    }
    print(`${tier}: of ${String(names.length)} stressors ${String(counts.passed)} pass, ${String(counts.both)} fail as in a plain directory, ${String(counts.notHere)} cannot be run in either${known === undefined ? "" : `, ${String(counts.known)} (${known.names.join(", ")}) as in ${known.because}`}`);
  } finally {
    removeTree(scratch);
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
