// What a task printed, as it is shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskScreen } from "./task-screen.ts";

const screen = async (text: string): Promise<TaskScreen> => {
  const made = new TaskScreen({ columns: 20, rows: 4 });
  await new Promise<void>((resolve) => { made.write(Buffer.from(text), resolve); });
  return made;
};

test("colours are kept, and what a program writes over is written over", async () => {
  const { lines } = await screen("one\n10%\r20%\n\u001b[1;31mred\u001b[0m and \u001b[38;2;1;2;3mmore\u001b[0m\n\u001b[A\u001b[2Kgone");
  assert.deepEqual(lines.slice(0, 2), ["one", "20%"]);
  assert.deepEqual(lines.slice(2), ["gone", ""]);
  assert.deepEqual((await screen("\u001b[1;31mred\u001b[0m and \u001b[38;2;1;2;3mmore\u001b[0m")).lines[0], "\u001b[0;1;38;5;1mred\u001b[0m and \u001b[0;38;2;1;2;3mmore\u001b[0m");
});

test("the last lines are in sight; scrolled up, what is looked at stays where it is", async () => {
  const made = await screen("1\n2\n3\n4\n5\n6");
  assert.deepEqual([made.lines, made.below], [["3", "4", "5", "6"], 0]);
  made.scroll(1);
  assert.deepEqual([made.lines, made.below], [["2", "3", "4", "5"], 1]);
  made.scroll(Infinity);
  assert.deepEqual([made.lines, made.below], [["1", "2", "3", "4"], 2]);
  await new Promise<void>((resolve) => { made.write(Buffer.from("\n7"), resolve); });
  assert.equal(made.lines[0], "1");
  made.scroll(-Infinity);
  assert.deepEqual(made.lines, ["4", "5", "6", "7"]);
});

test("a text is found from the end upwards, whatever its case, and marked", async () => {
  const made = await screen("Error: a\n2\n3\n4\nerror: b\n6\n7\n8\n9");
  made.find("ERROR", "up");
  assert.equal(made.lines[0], "\u001b[7merror: b\u001b[0m");
  made.find("ERROR", "up");
  assert.equal(made.lines[0], "\u001b[7mError: a\u001b[0m");
  made.find("ERROR", "up");
  assert.equal(made.lines[0], "\u001b[7mError: a\u001b[0m");
  made.find("error", "down");
  assert.equal(made.lines[0], "\u001b[7merror: b\u001b[0m");
});
