// The view of tasks on a person's terminal: put together from what is known
// (board.ts), what tasks print (task-screen.ts) and how it looks (app.ts), and told
// of keys (keys.ts). It has the terminal's second screen to itself, so that what was
// there before is there again when it is closed.

import { emitKeypressEvents } from "node:readline";
import { render, type Instance } from "ink";
import { createElement as h } from "react";
import { unreachable } from "../../base/assert.ts";
import type { TerminalSize } from "../../base/pseudo-terminal.ts";
import type { TaskEvent } from "../../run/execute.ts";
import type { TaskGraph, TaskId } from "../../workspace/graph.ts";
import { App, outputSize, type Shown } from "./app.ts";
import { Board } from "./board.ts";
import { actionOf, type Action, type Key, type Mode } from "./keys.ts";
import { TaskScreen } from "./task-screen.ts";

export interface ViewOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly nowMs: () => number;
  /** How far all is, in one line. */
  readonly status: () => string;
  readonly canRestart: boolean;
  readonly onRestart: () => void;
  readonly onInterrupt: () => void;
  /** Null: the task takes no input. */
  readonly typing: (id: TaskId) => ((bytes: string) => void) | null;
  /** How much room tasks have for what they print. */
  readonly onSize: (size: TerminalSize) => void;
}

/** Times go on while nothing happens. */
const SHOWN_EVERY_MS = 200;

/** Of xterm, and all that are like it: the second screen, and back. */
const ENTER = "\u001b[?1049h\u001b[H\u001b[2J";
const LEAVE = "\u001b[?1049l\u001b[?25h";

export class View {
  readonly #options: ViewOptions;
  readonly #board = new Board();
  readonly #screens = new Map<TaskId, TaskScreen>();
  #mode: Mode = "browse";
  #search = "";
  #note = "";
  #ink: Instance | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: ViewOptions) {
    this.#options = options;
  }

  open(): void {
    const { input, output, onSize } = this.#options;
    output.write(ENTER);
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on("keypress", this.#pressed);
    input.resume();
    output.on("resize", this.#resized);
    this.#timer = setInterval(() => { this.#show(); }, SHOWN_EVERY_MS);
    onSize(outputSize({ size: this.#size, rows: this.#board.rows }));
    this.#show();
  }

  /** The terminal is as it was. May be called again, and from a process that ends. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { input, output } = this.#options;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#ink?.unmount();
    output.off("resize", this.#resized);
    output.write(LEAVE);
    input.off("keypress", this.#pressed);
    input.setRawMode(false);
    input.pause();
  }

  expect(graph: TaskGraph): void {
    this.#board.expect(graph);
  }

  on(event: TaskEvent): void {
    this.#board.on(event, this.#options.nowMs());
    if (event.kind === "output") this.#screenOf(event.task.id).write(event.bytes, () => undefined);
    else this.#note = "";
  }

  /** One line for a person, until there is news of a task. */
  note(text: string): void {
    this.#note = text;
  }

  get #size(): TerminalSize {
    const { columns, rows } = this.#options.output;
    return { columns, rows };
  }

  #screenOf(id: TaskId): TaskScreen {
    const known = this.#screens.get(id) ?? new TaskScreen(outputSize({ size: this.#size, rows: this.#board.rows }));
    this.#screens.set(id, known);
    return known;
  }

  #show(): void {
    const { output, input, nowMs, status, typing, canRestart } = this.#options;
    const [size, rows, chosen] = [this.#size, this.#board.rows, this.#board.chosen];
    const screen = chosen === null ? null : this.#screenOf(chosen.task.id);
    screen?.resize(outputSize({ size, rows }));
    const canType = chosen !== null && typing(chosen.task.id) !== null;
    if (this.#mode === "type" && !canType) this.#mode = "browse";
    const shown: Shown = {
      size, rows, chosen, nowMs: nowMs(), canType, canRestart, lines: screen?.lines ?? [], below: screen?.below ?? 0,
      status: this.#note === "" ? status() : this.#note, mode: this.#mode, search: this.#search,
    };
    if (this.#ink === null) this.#ink = render(h(App, shown), { stdout: output, stdin: input, exitOnCtrlC: false, patchConsole: false });
    else this.#ink.rerender(h(App, shown));
  }

  readonly #pressed = (text: string | undefined, key: Key): void => {
    const action = actionOf(this.#mode, text ?? "", key);
    if (action === null) return;
    this.#act(action);
    this.#show();
  };

  /** Drawn anew: what the terminal made of the old lines when it changed their width nobody knows. */
  readonly #resized = (): void => {
    const { output, onSize } = this.#options;
    this.#ink?.unmount();
    this.#ink = null;
    output.write("\u001b[H\u001b[2J");
    onSize(outputSize({ size: this.#size, rows: this.#board.rows }));
    this.#show();
  };

  #act(action: Action): void {
    const id = this.#board.chosen?.task.id;
    const screen = id === undefined ? null : this.#screenOf(id);
    const page = this.#size.rows - 4;
    switch (action.kind) {
      case "move": return this.#board.move(action.by);
      case "scroll": {
        const lines = action.by === "line" ? 1 : action.by === "page" ? page : Infinity;
        return screen?.scroll(action.direction === "up" ? lines : -lines);
      }
      case "enter":
        if (action.mode === "search") this.#search = "";
        if (action.mode !== "search") screen?.forget();
        this.#mode = action.mode;
        return;
      case "letter":
        this.#search += action.text;
        return;
      case "rub":
        this.#search = this.#search.slice(0, -1);
        return;
      case "find":
        this.#mode = "browse";
        return this.#search === "" ? undefined : screen?.find(this.#search, action.direction);
      case "send": return id === undefined ? undefined : this.#options.typing(id)?.(action.bytes);
      case "restart": return this.#options.onRestart();
      case "interrupt": return this.#options.onInterrupt();
      default: return unreachable(action);
    }
  }
}
