// What V8 compiled earlier is used where it is that of the source, and only then.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { makeScratch, removeTree } from "./scratch.ts";

const FUNCTIONS = 4_000;

/** Enough functions to be worth keeping; prints `word`. */
const sourceOf = (word: string): string =>
  `${Array.from({ length: FUNCTIONS }, (_, n) => `function f${String(n)}(a) { const b = a + ${String(n)}; return b * 2 - [a, b].length; }\n`).join("")}
  let sum = 0; ${Array.from({ length: FUNCTIONS }, (_, n) => `sum += f${String(n)}(sum);`).join("")}
  require("node:fs").writeSync(1, "${word} " + __filename.slice(-7) + " " + typeof sum);`;

function withBundle(body: (bundle: string, code: string, run: () => string) => void): () => void {
  return () => {
    const folder = makeScratch("fathom-code");
    const [bundle, code, start] = [join(folder, "main.js"), join(folder, "main.code"), join(folder, "start.mjs")];
    writeFileSync(start, `import { runCached } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "code-cache.js")).href)};\nrunCached(${JSON.stringify(bundle)}, 300_000);\n`);
    try {
      body(bundle, code, () => {
        const ran = spawnSync(process.execPath, [start], { encoding: "utf8" });
        assert.deepEqual([ran.status, ran.stderr], [0, ""]);
        return ran.stdout;
      });
    } finally {
      removeTree(folder);
    }
  };
}

test("code is kept once, and then used as it is", withBundle((bundle, code, run) => {
  writeFileSync(bundle, sourceOf("one"));
  assert.equal(run(), "one main.js number");
  const kept = statSync(code, { bigint: true });
  assert.equal(run(), "one main.js number");
  assert.equal(statSync(code, { bigint: true }).ino, kept.ino);
}));

test("of another source, as long as the one before, nothing is used", withBundle((bundle, code, run) => {
  writeFileSync(bundle, sourceOf("one"));
  run();
  const before = readFileSync(code);
  writeFileSync(bundle, sourceOf("two"));
  assert.equal(run(), "two main.js number");
  assert.notDeepEqual(readFileSync(code), before);
  assert.equal(run(), "two main.js number");
}));

test("damaged code, wherever it is damaged, is replaced and never run", withBundle((bundle, code, run) => {
  writeFileSync(bundle, sourceOf("one"));
  run();
  const whole = readFileSync(code);
  const damages: readonly ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 100), (bytes) => bytes.fill(0, 70, 80),
    (bytes) => bytes.subarray(0, bytes.length >> 1), (bytes) => bytes.subarray(0, 10), () => Buffer.alloc(0),
  ];
  for (const damage of damages) {
    writeFileSync(code, damage(Buffer.from(whole)));
    assert.equal(run(), "one main.js number");
    assert.equal(statSync(code).size, whole.length);
  }
}));

test("where nothing can be kept it runs all the same, and leaves nothing", withBundle((bundle, code, run) => {
  writeFileSync(bundle, sourceOf("one"));
  mkdirSync(join(code, "in the way"), { recursive: true });
  assert.equal(run(), "one main.js number");
  assert.ok(existsSync(join(code, "in the way")));
  assert.equal(existsSync(`${code}.${String(process.pid)}`), false);
}));

test("what compiled little is not kept", withBundle((bundle, code, run) => {
  writeFileSync(bundle, 'require("node:fs").writeSync(1, "little");');
  assert.equal(run(), "little");
  assert.equal(existsSync(code), false);
}));
