// Below make every unit is replayed by plan, without Node, and never where Node
// would have said no.

import assert from "node:assert/strict";
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MakeRig, settle, withMake } from "../rig/make-rig.ts";
import { forge } from "../rig/plans.ts";

/** It was made as a bare build makes it, and make is content. */
function assertBuilt(made: MakeRig, what: string): void {
  assert.deepEqual(made.tree(), made.bareTree(), what);
  assert.equal(made.isUpToDate(), true, `${what}: make would do something again`);
}

test("a rebuild after clean starts no Node, says what Node would say, and makes what a bare build makes", withMake((made) => {
  made.plan();
  const byPlan = made.rebuild();
  assert.deepEqual([byPlan.isByPlan, byPlan.summary.replayed, byPlan.summary.ran], [true, 3, 0]);
  assertBuilt(made, "by plan");
  made.withoutPlans();
  const byNode = made.rebuild();
  assert.equal(byNode.isByPlan, false);
  assert.deepEqual([byNode.stdout, byNode.stderr, byNode.code], [byPlan.stdout, byPlan.stderr, byPlan.code]);
  assert.deepEqual([byNode.summary.replayed, byNode.summary.ran, byNode.summary.processes], [byPlan.summary.replayed, byPlan.summary.ran, byPlan.summary.processes]);
}));

test("the first rebuild after the first build starts no Node", withMake((made) => {
  assert.deepEqual([made.make().summary.replayed, made.plans().length], [0, 3]);
  const first = made.rebuild();
  assert.deepEqual([first.isByPlan, first.summary.replayed, first.summary.ran], [true, 3, 0]);
  assertBuilt(made, "by the plans of the first build");
}));

test("a blob that was damaged before the first rebuild is not made into an output", withMake((made) => {
  made.make();
  const blobs = join(made.rig.scratch, "store/blobs");
  for (const name of readdirSync(blobs)) {
    const path = join(blobs, name);
    const { mode, size } = statSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, "x".repeat(size));
    chmodSync(path, mode);
  }
  const ran = made.rebuild();
  assert.deepEqual([ran.code, ran.isByPlan], [0, false]);
  assertBuilt(made, "with damaged blobs");
}));

test("a build with nothing to do starts no Node", withMake((made) => {
  made.make();
  assert.equal(made.make().isByPlan, true);
}));

/** Node starts when x is made from a, or after so many looks 50 ms apart. Returns whether it had to wait for the last of them. */
function makeWithLateNode(made: MakeRig, looks: number): ReturnType<MakeRig["make"]> & { readonly isAsked: boolean } {
  const [node, asked] = [join(made.rig.scratch, "bin/node"), join(made.rig.scratch, "asked")];
  const before = readFileSync(node, "utf8");
  const [a, x] = ["a", "x"].map((name) => made.rig.path(name));
  rmSync(asked, { force: true });
  writeFileSync(node, before.replace("exec", `left=${String(looks)}\nuntil cmp -s "${String(a)}" "${String(x)}"; do [ $left = 0 ] && : >"${asked}" && break; left=$((left - 1)); sleep 0.05; done\nexec`));
  const ran = made.make();
  writeFileSync(node, before);
  return { ...ran, isAsked: existsSync(asked) };
}

test("a unit whose input has a content that nothing stored was made from runs without waiting for Node, and is stored", withMake((made) => {
  made.plan();
  made.rig.write("a", "beta\n");
  settle();
  const ran = makeWithLateNode(made, 600);
  assert.deepEqual([ran.isByPlan, ran.isAsked, ran.code], [false, false, 0]);
  assertBuilt(made, "by a Node that came late");
  assert.match(made.rig.ask(["why", "copy a x"]).stdout, /^"copy a x" ran because "a" changed/);
  const again = made.rebuild();
  assert.equal(again.summary.replayed, 3);
  for (const text of ["gamma\n", "delta\n"]) {
    made.rig.write("a", text);
    settle();
    assert.equal(makeWithLateNode(made, 600).isAsked, false, text);
  }
}));

for (const [what, texts] of [["it had at first", ["beta\n", "alpha\n"]], ["it had in between", ["beta\n", "gamma\n", "beta\n"]], ["it has", ["alpha\n"]]] as const) {
  test(`a unit whose input has the content that ${what} waits for Node, and is replayed`, withMake((made) => {
    made.plan();
    for (const text of texts.slice(0, -1)) {
      made.rig.write("a", text);
      settle();
      made.make();
    }
    made.rig.write("a", String(texts.at(-1)));
    settle();
    rmSync(made.rig.path("x"));
    const ran = makeWithLateNode(made, 4);
    assert.equal(ran.isAsked, true);
    assert.equal(ran.summary.replayed, 3, JSON.stringify(ran.summary));
    assertBuilt(made, what);
  }));
}

/** `replayed`: null where it depends on what Node was faster with. When the shell runs, what it starts is replayed. */
const CHANGES: readonly (readonly [what: string, change: (made: MakeRig) => void, replayed: number | null])[] = [
  ["an input was edited", ({ rig }) => { rig.write("a", "beta\n"); }, 1],
  ["an input was edited with size and time kept", ({ rig }) => {
    const { atime, mtime } = statSync(rig.path("a"));
    rig.write("a", "alphb\n");
    utimesSync(rig.path("a"), atime, mtime);
  }, 1],
  ["an input was touched", ({ rig }) => { rig.write("a", "alpha\n"); }, 3],
  ["only the last input was edited", ({ rig }) => { rig.write("d", "other\n"); }, 3],
  ["a program was replaced", ({ rig }) => { rig.write("new", Buffer.concat([readFileSync(rig.path("copy")), Buffer.from("x")]), 0o755); renameSync(rig.path("new"), rig.path("copy")); }, 1],
  ["a blob is gone", ({ rig }) => {
    const blobs = join(rig.scratch, "store/blobs");
    for (const name of readdirSync(blobs)) if (readFileSync(join(blobs, name), "latin1") === "alpha\n") rmSync(join(blobs, name));
  }, null],
  ["a blob was damaged with its time kept", ({ rig }) => {
    const blobs = join(rig.scratch, "store/blobs");
    for (const name of readdirSync(blobs)) {
      const path = join(blobs, name);
      const { atime, mtime } = statSync(path);
      chmodSync(path, 0o644);
      writeFileSync(path, "x".repeat(statSync(path).size));
      chmodSync(path, 0o444);
      utimesSync(path, atime, mtime);
    }
  }, 0],
  ["plans are gone", (made) => { made.withoutPlans(); }, 3],
];

for (const [what, change, replayed] of CHANGES) {
  test(`plans are not followed where they are not true: ${what}`, withMake((made) => {
    made.plan();
    change(made);
    settle();
    const ran = made.rebuild();
    assert.deepEqual([ran.code, ran.isByPlan, ran.summary.replayed], [0, false, replayed ?? ran.summary.replayed]);
    assertBuilt(made, what);
    made.plan();
    assertBuilt(made, `${what}, by plan`);
  }));
}

test("what was made by plan and then changed, in the same moment and size, is read as it is then", withMake((made) => {
  made.plan();
  for (const patch of ["ALPHA\n", "OMEGA\n", "alpha\n"]) {
    made.rig.write("patch", patch);
    settle();
    for (let times = 0; times < 3; times++) {
      assert.equal(made.rebuild().code, 0);
      assertBuilt(made, patch);
    }
  }
}));

/** Something that is in the way when there is no make clean. */
const IN_THE_WAY: readonly (readonly [what: string, put: (made: MakeRig) => void])[] = [
  ["the output with another content", ({ rig }) => { rig.write("y", "by hand\n"); utimesSync(rig.path("y"), 1, 1); }],
  ["the output with another mode", ({ rig }) => { chmodSync(rig.path("y"), 0o600); utimesSync(rig.path("y"), 1, 1); }],
  ["an output with a second name", ({ rig }) => { linkSync(rig.path("y"), join(rig.scratch, "second")); utimesSync(rig.path("y"), 1, 1); }],
  ["a link", ({ rig }) => { rmSync(rig.path("y")); symlinkSync("elsewhere", rig.path("y")); }],
  ["a link on the way", ({ rig }) => { rmSync(rig.path("out"), { recursive: true }); mkdirSync(rig.path("other")); symlinkSync("other", rig.path("out")); utimesSync(rig.path("z"), 1, 1); }],
];

for (const [what, put] of IN_THE_WAY) {
  test(`what is in the way is treated as Node does: ${what}`, withMake((made) => {
    made.plan();
    put(made);
    settle();
    const byPlan = made.make();
    const after = made.tree();
    made.plan();
    rmSync(join(made.rig.scratch, "second"), { force: true });
    rmSync(made.rig.path("other"), { recursive: true, force: true });
    rmSync(made.rig.path("elsewhere"), { force: true });
    put(made);
    made.withoutPlans();
    settle();
    const byNode = made.make();
    assert.deepEqual([byPlan.code, byPlan.stdout, after], [byNode.code, byNode.stdout, made.tree()]);
  }));
}

test("A, B and A again are each right, with plans and without", withMake((made) => {
  for (const text of ["alpha\n", "beta\n", "alpha\n", "beta\n"]) {
    made.rig.write("a", text);
    settle();
    made.rebuild();
    assertBuilt(made, text);
    made.plan();
    assertBuilt(made, `${text}, by plan`);
  }
}));

test("what was made by plan is as new as what it was made from, in the order in which it was written", withMake((made) => {
  made.plan();
  const time = (name: string): bigint => lstatSync(made.rig.path(name), { bigint: true }).mtimeNs;
  assert.equal(time("x") >= time("a") && time("y") >= time("x"), true);
}));

test("damaged plans are not followed, and nothing is lost", withMake((made) => {
  made.plan();
  for (const damage of [(bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2), (bytes: Buffer): Buffer => { bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5); return bytes; }]) {
    for (const path of made.plans()) writeFileSync(path, damage(readFileSync(path)));
    const ran = made.rebuild();
    assert.deepEqual([ran.code, ran.isByPlan], [0, false]);
    assertBuilt(made, "damaged");
    made.plan();
  }
}));

test("a plan whose frame is sound and whose payload is nonsense ends in an answer, not in a crash", withMake((made) => {
  made.plan();
  const whole = new Map(made.plans().map((path) => [path, readFileSync(path)]));
  for (let step = 0; step < 24; step++) {
    for (const [path, bytes] of whole) {
      writeFileSync(path, bytes);
      forge(path, (payload) => {
        const at = 8 + Math.floor(((payload.length - 12) * step) / 24);
        payload.fill(0xff, at, at + 4);
        return step % 3 === 0 ? payload.subarray(0, at) : payload;
      });
    }
    assert.equal(made.rebuild().signal, null);
  }
}));

/** Both of one length: so much is behind a length of its own. */
const FORGED: readonly (readonly [made: string, instead: string])[] = [["work/x\0", "else/x\0"], ["work/out/link\0", "work/../els/x\0"]];

for (const [output, instead] of FORGED) {
  test(`a plan that names ${instead.slice(0, -1)} instead of what is below the folders of the build makes nothing there`, withMake((made) => {
    const { rig } = made;
    const [path, elsewhere] = [Buffer.from(`${rig.scratch}/${output}`), Buffer.from(`${rig.scratch}/${instead}`)];
    for (const folder of ["else", "els"]) mkdirSync(join(rig.scratch, folder));
    made.plan();
    let count = 0;
    for (const plan of made.plans()) {
      forge(plan, (payload) => {
        // The last is what is made; before, it was looked for.
        const at = payload.lastIndexOf(path);
        if (at >= 0 && elsewhere.copy(payload, at) === path.length) count += 1;
        return payload;
      });
    }
    assert.equal(count > 0, true);
    assert.equal(made.rebuild().code, 0);
    assert.deepEqual([...readdirSync(join(rig.scratch, "else")), ...readdirSync(join(rig.scratch, "els"))], []);
    assertBuilt(made, "forged");
  }));
}

test("Node that is started in the middle learns what happened before", withMake((made) => {
  made.plan();
  made.rig.write("d", "other\n");
  settle();
  const ran = made.rebuild();
  assert.deepEqual([ran.isByPlan, ran.summary.replayed, ran.summary.ran], [false, 3, 1]);
  assertBuilt(made, "partly by plan");
}));

test("a unit that fails below make is counted and not stored", withMake((made) => {
  made.rig.write("Makefile", "all:\n\t./copy missing x\n");
  for (let times = 0; times < 2; times++) {
    const ran = made.make();
    assert.deepEqual([ran.code, ran.summary.replayed, ran.summary.ran], [2, 0, 1]);
  }
}));

test("what no build means is no reason to ask Node: how many jobs there are, and the session", withMake((made) => {
  made.plan();
  made.clean();
  settle();
  const options = { env: { ...made.options.env, SSH_CLIENT: "1", SHLVL: "9" } };
  made.rig.fathom(["make", "-j3"], options);
  assert.deepEqual(made.tree(), made.bareTree());
  made.withoutPlans();
}));

test("a unit that is in either of two states in one build has a plan for both", withMake((made) => {
  made.rig.write("Makefile", "all: x y\nx y: a\n\t{ ./count; mkdir out || test -d out; } 2>/dev/null\n\t./copy a $@\nclean:\n\trm -rf x y out\n");
  made.make("-j1");
  made.rebuild();
  const byPlan = made.rebuild();
  assert.deepEqual([byPlan.isByPlan, byPlan.summary.replayed, byPlan.summary.ran], [true, 4, 0]);
  assertBuilt(made, "by the plans of both states");
}));

test("what a unit makes in one state and not in another stays when the other is replayed, as make alone would leave it", withMake((made) => {
  made.rig.write("Makefile", "all: x\nx: a\n\t{ ./count; if [ -e d ]; then cp a more; fi; cp a x; }\nclean:\n\trm -f x\n");
  made.make();
  for (let times = 0; times < 3; times++) {
    renameSync(made.rig.path("d"), made.rig.path("aside"));
    const without = made.rebuild();
    assert.deepEqual([without.summary.ran, existsSync(made.rig.path("more"))], [times === 0 ? 1 : 0, true]);
    rmSync(made.rig.path("more"), { force: true });
    renameSync(made.rig.path("aside"), made.rig.path("d"));
    const withIt = made.rebuild();
    assert.deepEqual([withIt.summary.ran, withIt.isByPlan, made.rig.read("more")], [0, false, "alpha\n"]);
  }
}));

test("a slight command that changes a file starts no Node", withMake((made) => {
  made.rig.write("Makefile", "all: x\n\tchmod 600 x\nx: a\n\t./copy a x\nclean:\n\trm -f x\n");
  made.plan();
  const again = made.rebuild();
  assert.deepEqual([again.isByPlan, again.summary.replayed, again.summary.ran], [true, 1, 0]);
  assert.deepEqual(made.tree(), made.bareTree());
}));

test("what a unit has read and changed before Node was started is known to it", withMake((made) => {
  made.rig.write("Makefile", "all:\n\t{ cat a >x; echo beta >a; ./count 1; }\nclean:\n\trm -f x\n");
  const first = made.make();
  assert.deepEqual([first.isByPlan, first.summary.ran, first.summary.notStored], [false, 2, 0], "the shell, and what counts in it");
  for (const [text, ran] of [["alpha\n", 0], ["gamma\n", 1], ["alpha\n", 0]] as const) {
    made.rig.write("a", text);
    settle();
    assert.equal(made.rebuild().summary.ran, ran, text);
    assert.deepEqual(["x", "a"].map((name) => readFileSync(made.rig.path(name), "latin1")), [text, "beta\n"]);
  }
}));

/** Two steps at once that wait for each other by files are not stored for that reason alone. So they sleep, and what is asked afterwards is right in whatever order they came. */
function overtaken(made: MakeRig, slow: string, quick: string): void {
  made.rig.write("slow.sh", slow);
  made.rig.write("quick.sh", `sleep 0.3\nsh -c '${quick}'\n`);
  made.rig.write("Makefile", "all: slow quick\nslow:\n\tsh slow.sh\nquick:\n\tsh quick.sh\nclean:\n\trm -f x\n");
  made.make();
  made.clean();
}

test("what another step changes between opening and reading is never taken for what was opened", withMake((made) => {
  overtaken(made, "exec 3<a\nsleep 0.6\n./count 1\ncat <&3 >x\n", "echo gamma >a");
  made.rig.write("a", "alpha\n");
  settle();
  made.make("slow");
  assert.equal(readFileSync(made.rig.path("x"), "latin1"), "alpha\n");
}));

test("what another step adds to an output while the unit runs is not the unit's", withMake((made) => {
  overtaken(made, "echo mine >x\nsleep 0.6\n./count 1\n", "echo other >>x");
  settle();
  made.make("slow");
  assert.equal(readFileSync(made.rig.path("x"), "latin1"), "mine\n");
}));

test("what a unit that always runs makes of what was placed by plan is an input of the next plan", withMake((made) => {
  made.rig.write("Makefile", "all: z\nx: a\n\t./copy a made\n\tmv made x\nz: x d\n\t{ ./count; cat x d >z; }\nclean:\n\trm -f x z\n");
  made.make();
  made.plan();
  assertBuilt(made, "by plan, with what mv made");
  made.rig.write("a", "other\n");
  settle();
  made.rebuild();
  assertBuilt(made, "with another input");
}));
