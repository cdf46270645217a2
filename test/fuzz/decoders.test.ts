// Damaged bytes are an answer, whoever damaged them. The long run of the same:
// npm run fuzz -- --decoders --sequences 100000

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { damageAll, DECODERS, fault } from "./decoders.ts";

const ROUNDS = 1500;

test("what was not damaged is read, and comes back the same", () => {
  for (const decoder of DECODERS) {
    for (const bytes of decoder.samples) {
      assert.notEqual(decoder.decode(bytes), null, decoder.name);
      assert.equal(fault(decoder, bytes), null, decoder.name);
    }
  }
});

for (const seed of [1, 2, randomInt(1 << 30)]) {
  test(`any damage gives an error or a sound value, soon and in little room (seed ${seed})`, () => {
    assert.deepEqual(damageAll(seed, ROUNDS), []);
  });
}

test("a decoder that throws, or gives what cannot be written again, is found", () => {
  const broken = { name: "broken", samples: [Buffer.from("abc")], decode: (bytes: Buffer): unknown => { throw new RangeError(String(bytes.length)); }, encode: null };
  assert.match(fault(broken, Buffer.from("abc")) ?? "", /throws RangeError/);
  const lossy = { ...broken, decode: (bytes: Buffer): unknown => bytes.length, encode: (): Buffer => Buffer.alloc(0) };
  assert.match(fault(lossy, Buffer.from("abc")) ?? "", /not the same/);
});
