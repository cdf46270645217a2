// A person's terminal, for tests of what is shown on one: a real pseudo terminal,
// with an emulation that says what can be seen on it. Nothing here waits for time.

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import xterm from "@xterm/headless";
import { openTerminal, type PseudoTerminal } from "../../src/base/pseudo-terminal.ts";

const SIZE = { columns: 100, rows: 24 };

export class Terminal {
  readonly child: ChildProcess;
  readonly #screen = new xterm.Terminal({ cols: SIZE.columns, rows: SIZE.rows, allowProposedApi: true });
  readonly #ours: PseudoTerminal;
  readonly #closed: Promise<unknown>;
  #waiting: (() => void)[] = [];

  constructor(script: string, cwd: string, env: Readonly<Record<string, string>>) {
    const opened = openTerminal(SIZE);
    assert.ok(opened.ok, JSON.stringify(opened));
    this.#ours = opened.value;
    const { programFd } = this.#ours;
    this.child = spawn("setsid", ["-c", "sh", "-c", script], { cwd, env: { ...env, TERM: "xterm" }, stdio: [programFd, programFd, programFd] });
    this.#ours.started();
    this.#closed = new Promise<void>((resolve) => {
      this.#ours.read((bytes) => {
        this.#screen.write(bytes, () => { for (const wake of this.#waiting.splice(0)) wake(); });
      }, () => {
        // What came last may still be on its way to the screen.
        this.#screen.write("", () => {
          for (const wake of this.#waiting.splice(0)) wake();
          resolve();
        });
      });
    });
  }

  /** What can be seen, and with what has left the screen above. */
  get text(): string {
    const { active } = this.#screen.buffer;
    return Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? "").join("\n").trimEnd();
  }

  /** Whether what is seen is on the second screen. */
  get isAside(): boolean {
    return this.#screen.buffer.active.type === "alternate";
  }

  async until(isSeen: (text: string) => boolean): Promise<void> {
    let isOver = false;
    void this.#closed.then(() => { isOver = true; });
    while (!isSeen(this.text)) {
      assert.equal(isOver, false, `it ended before that was seen: ${this.text}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  press(keys: string): void {
    this.#ours.type(Buffer.from(keys));
  }

  /** The exit code, when all of it has been seen. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    await this.#closed;
    return this.child.exitCode;
  }

  kill(): void {
    if (this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null) process.kill(-this.child.pid, "SIGKILL");
  }
}
