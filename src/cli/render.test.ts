// The claims of render.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { printer, sizeText, table } from "./render.ts";

class Paper {
  text = "";
  readonly isTTY: boolean;
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

test("colour appears on a terminal only", () => {
  assert.equal(printer(new Paper(true), new Paper(true), {}).red("no"), "\u001b[31mno\u001b[0m");
  assert.equal(printer(new Paper(false), new Paper(true), {}).red("no"), "no");
});

test("NO_COLOR and a dumb terminal take the colour away", () => {
  assert.equal(printer(new Paper(true), new Paper(true), { NO_COLOR: "1" }).red("no"), "no");
  assert.equal(printer(new Paper(true), new Paper(true), { NO_COLOR: "" }).red("no"), "\u001b[31mno\u001b[0m");
  assert.equal(printer(new Paper(true), new Paper(true), { TERM: "dumb" }).red("no"), "no");
});

test("a failure goes to stderr, with its advice on a line of its own", () => {
  const [out, err] = [new Paper(false), new Paper(false)];
  printer(out, err, {}).failure({ code: "x", message: 'Cannot run "x"', advice: "Run y" });
  assert.equal(out.text, "");
  assert.equal(err.text, 'fathom: Cannot run "x"\n  Run y\n');
});

test("a table's columns line up", () => {
  assert.deepEqual(table([["build", "time"], ["cold", "10.0 s"], ["after clean", "9 ms"]]), [
    "build          time",
    "cold         10.0 s",
    "after clean    9 ms",
  ]);
});

test("a size has a unit a person knows", () => {
  assert.equal(sizeText(0), "0 bytes");
  assert.equal(sizeText(1536), "1.5 kB");
  assert.equal(sizeText(85_899_345_920), "86 GB");
});
