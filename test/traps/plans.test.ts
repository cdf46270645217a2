// A plan is followed without Node, and never where Node would have said no.

import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { settle } from "../rig/make-rig.ts";
import { forge, plansIn } from "../rig/plans.ts";
import { assertReplayed, FATHOM, withRig, type Options, type Rig } from "../rig/rig.ts";

const SCRIPT = '{ ./count; cat a link > b; ls d > names; if [ -e missing ]; then echo there >> b; fi; if [ "$FOO" = 2 ]; then echo two > c; fi; echo said; }';

const plansOf = (rig: Rig): readonly string[] => plansIn(join(rig.scratch, "store"));

/** A command with a plan: run, confirmed, and once by plan. */
function planned(rig: Rig): string {
  rig.program("count");
  rig.write("a", "alpha\n");
  rig.write("target", "linked\n");
  rig.write("d/one", "");
  symlinkSync("target", rig.path("link"));
  untilPlanned(rig, SCRIPT);
  return SCRIPT;
}

function untilPlanned(rig: Rig, script: string): void {
  settle();
  for (let times = 0; times < 4 && plansOf(rig).length === 0; times++) {
    rig.sh(script);
    settle();
  }
  assert.equal(plansOf(rig).length, 1, "there is a plan");
}

/** Only a plan can answer when there are no entries. */
function withoutEntries(rig: Rig, body: () => void): void {
  const [entries, aside] = [join(rig.scratch, "store/entries"), join(rig.scratch, "aside")];
  renameSync(entries, aside);
  try {
    body();
  } finally {
    rmSync(entries, { recursive: true, force: true });
    renameSync(aside, entries);
  }
}

test("a command that was confirmed is replayed by plan, with its output and the same summary", withRig((rig) => {
  const script = planned(rig);
  const byNode = rig.sh(script);
  withoutEntries(rig, () => {
    const byPlan = rig.sh(script);
    assertReplayed(byPlan);
    assert.equal(byPlan.stdout, byNode.stdout);
    assert.deepEqual(Object.keys(byPlan.summary), Object.keys(byNode.summary));
    const said = (flags: string): string => rig.bare(["sh", "-c", `exec "$0" ${flags} -- sh -c "$1" </dev/null`, FATHOM, script]).stderr;
    assert.match(said(""), /^fathom: 1 process; 1 replayed, 0 run, 0 not stored; saved \d+ ms\n$/);
    assert.equal(said("--quiet"), "");
  });
}));

const CHANGES: readonly (readonly [what: string, change: (rig: Rig) => Options | undefined, b: string, names?: string, mode?: number])[] = [
  ["edited", (rig) => { rig.write("a", "beta\n"); return undefined; }, "beta\nlinked\n"],
  ["edited with size and time kept", (rig) => {
    const { atime, mtime } = statSync(rig.path("a"));
    rig.write("a", "omega");
    rig.write("a", "alphb\n");
    utimesSync(rig.path("a"), atime, mtime);
    return undefined;
  }, "alphb\nlinked\n"],
  ["replaced by rename", (rig) => { rig.write("new", "gamma\n"); renameSync(rig.path("new"), rig.path("a")); return undefined; }, "gamma\nlinked\n"],
  ["retargeted", (rig) => { rig.write("other", "elsewhere\n"); unlinkSync(rig.path("link")); symlinkSync("other", rig.path("link")); return undefined; }, "alpha\nelsewhere\n"],
  ["changed behind a link", (rig) => { rig.write("target", "moved\n"); return undefined; }, "alpha\nmoved\n"],
  ["made where it was missing", (rig) => { rig.write("missing", ""); return undefined; }, "alpha\nlinked\nthere\n"],
  ["made in a listed folder", (rig) => { rig.write("d/two", ""); return undefined; }, "alpha\nlinked\n", "one\ntwo\n"],
  ["edited among the outputs", (rig) => { writeFileSync(rig.path("b"), "by hand"); return undefined; }, "alpha\nlinked\n"],
  ["deleted among the outputs", (rig) => { unlinkSync(rig.path("b")); return undefined; }, "alpha\nlinked\n"],
  // The shell writes over what is there, which keeps its mode.
  ["given another mode among the outputs", (rig) => { chmodSync(rig.path("b"), 0o600); return undefined; }, "alpha\nlinked\n", "one\n", 0o600],
  ["changed in a variable that is read", () => ({ env: { FOO: "1" } }), "alpha\nlinked\n"],
  ["damaged in the stored output", (rig) => {
    for (const name of readdirSync(join(rig.scratch, "store/blobs"))) {
      const path = join(rig.scratch, "store/blobs", name);
      chmodSync(path, 0o644);
      writeFileSync(path, "x".repeat(statSync(path).size));
    }
    return undefined;
  }, "alpha\nlinked\n"],
];

for (const [what, change, b, names = "one\n", mode = 0o644] of CHANGES) {
  test(`a plan is not followed when something was ${what}`, withRig((rig) => {
    const script = planned(rig);
    const options = change(rig);
    const ran = rig.sh(script, options);
    assert.deepEqual([ran.code, ran.stdout.endsWith("said\n"), rig.read("b"), rig.read("names")], [0, true, b, names]);
    assert.equal(statSync(rig.path("b")).mode & 0o777, mode);
  }));
}

test("what the same command has made with another variable stays, plan or not, as without Fathom", withRig((rig) => {
  const script = planned(rig);
  rig.sh(script, { env: { FOO: "2" } });
  assert.equal(rig.has("c"), true);
  for (let times = 0; times < 3; times++) {
    rig.sh(script);
    assert.equal(rig.has("c"), true);
  }
}));

test("--force runs a command that has a plan", withRig((rig) => {
  const script = planned(rig);
  assert.equal(rig.sh(script, { flags: ["--force"] }).summary.replayed, 0);
}));

test("a plan that is damaged anywhere is not followed, and nothing is lost", withRig((rig) => {
  const script = planned(rig);
  const [path = ""] = plansOf(rig);
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at += Math.max(1, Math.floor(whole.length / 24))) {
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x55, at);
    writeFileSync(path, at % 2 === 0 ? damaged : damaged.subarray(0, at));
    withoutEntries(rig, () => {
      const ran = rig.sh(script);
      assert.deepEqual([ran.code, ran.stdout.endsWith("said\n"), rig.read("b")], [0, true, "alpha\nlinked\n"]);
    });
  }
}));

test("a plan whose frame is sound and whose payload is nonsense ends in an answer, not in a crash", withRig((rig) => {
  const script = planned(rig);
  const [path = ""] = plansOf(rig);
  const whole = readFileSync(path);
  const step = Math.max(1, Math.floor(whole.length / 24));
  for (let at = 8; at < whole.length; at += step) {
    writeFileSync(path, whole);
    forge(path, (payload) => {
      payload.fill(0xff, at, Math.min(payload.length, at + 4));
      return at % 3 === 0 ? payload.subarray(0, at) : payload;
    });
    assert.equal(rig.sh(script).signal, null);
  }
}));

test("a changed file is found among so many that several threads look at them, wherever it stands", withRig((rig) => {
  const count = 4200;
  const script = "{ ./count; cat many/*; } > all";
  rig.program("count");
  for (let file = 0; file < count; file++) rig.write(`many/${file}`, `${file}\n`);
  for (const changed of [0, 2345, count - 1]) {
    untilPlanned(rig, script);
    withoutEntries(rig, () => { assertReplayed(rig.sh(script)); });
    rig.write(`many/${changed}`, `changed ${changed}\n`);
    rig.sh(script);
    assert.match(readFileSync(rig.path("all"), "latin1"), new RegExp(`^changed ${changed}$`, "m"));
  }
}));
