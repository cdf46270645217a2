// The view of tasks (tui/), from the side of a run: opened when the run is long
// enough to be looked at, told of events, closed whatever happens. While it is open
// what is printed is held back.

import { createRequire } from "node:module";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { openTerminal, type PseudoTerminal, type TerminalSize } from "../base/pseudo-terminal.ts";
import type { Spawn, Started, TaskEvent } from "../run/execute.ts";
import type { TaskGraph, TaskId } from "../workspace/graph.ts";
import type { HeldLog } from "./held-log.ts";
import { packageRoot } from "./places.ts";
import { spawnInTerminal } from "./spawn-in-terminal.ts";
import { spawnScript } from "./spawn-script.ts";
import type { loadView } from "./tui/load.ts";
import type { View } from "./tui/view.ts";

/** What is over sooner is not worth another screen: a run in which all is replayed is. */
const OPENED_AFTER_MS = 400;

/** Until it is known how much room there is. */
const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

interface Typed {
  readonly terminal: PseudoTerminal;
  readonly started: Started;
}

export interface TaskViewOptions {
  readonly log: HeldLog;
  readonly clock: Clock;
  readonly isWatching: boolean;
}

export class TaskView {
  readonly #options: TaskViewOptions;
  readonly #typed = new Map<TaskId, Typed>();
  readonly #before: ((view: View) => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #view: View | null = null;
  #isOver = false;
  #size = USUAL_SIZE;
  #status: () => string = () => "";
  #restart: () => void = () => undefined;

  constructor(options: TaskViewOptions) {
    this.#options = options;
  }

  /** More tasks come. `status`: how far all is. */
  expect(graph: TaskGraph, status: () => string): void {
    this.#status = status;
    this.#tell((view) => { view.expect(graph); });
    this.#timer ??= setTimeout(() => void this.#open(), OPENED_AFTER_MS);
  }

  on(event: TaskEvent): void {
    this.#tell((view) => { view.on(event); });
  }

  /** Of who is asked to start persistent tasks again. */
  onRestart(restart: () => void): void {
    this.#restart = restart;
  }

  /** A command of a task; one that a person types to, in a terminal of its own. */
  start(spawn: Spawn): Started {
    const terminal = spawn.isInteractive ? openTerminal(this.#size) : null;
    if (terminal?.ok === false) this.#options.log.printer.failure(terminal.failure);
    if (terminal?.ok !== true) return spawnScript(spawn);
    const started = spawnInTerminal(spawn, terminal.value);
    this.#typed.set(spawn.task, { terminal: terminal.value, started });
    void started.end.then(() => this.#typed.delete(spawn.task));
    return started;
  }

  /** Called when the run is over, or from a process that ends before. */
  readonly end = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    process.off("exit", this.end);
    if (this.#view === null) return;
    this.#view.close();
    this.#options.log.release();
  };

  #tell(what: (view: View) => void): void {
    if (this.#view === null) this.#before.push(what);
    else what(this.#view);
  }

  async #open(): Promise<void> {
    const { clock, isWatching, log } = this.#options;
    // Not through the loader of this code, which cannot import modules (src/base/code-cache.ts).
    const { loadView: load } = createRequire(import.meta.url)(join(packageRoot(), "dist/bundle/tui-load.js")) as { loadView: typeof loadView }; // Our own.
    const { View: Opened } = await load();
    if (this.#isOver) return;
    const view = new Opened({
      input: process.stdin, output: process.stdout, nowMs: () => Number(clock.nowNs() / 1_000_000n), status: () => this.#status(),
      canRestart: isWatching, onRestart: () => { this.#restart(); },
      // As the terminal does it for Ctrl-C: everybody who is in front is told, we too.
      onInterrupt: () => {
        process.kill(0, "SIGINT");
        for (const { started } of this.#typed.values()) started.kill("SIGINT");
      },
      typing: (id) => {
        const typed = this.#typed.get(id);
        return typed === undefined ? null : (bytes) => { typed.terminal.type(Buffer.from(bytes)); };
      },
      onSize: (size) => {
        this.#size = size;
        for (const { terminal } of this.#typed.values()) terminal.resize(size);
      },
    });
    for (const told of this.#before.splice(0)) told(view);
    process.once("exit", this.end);
    log.hold((text) => { view.note(text); });
    this.#view = view;
    view.open();
  }
}
