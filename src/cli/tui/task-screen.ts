// What one task has printed, as a terminal would show it: colours, lines that are
// written over, lines that are wrapped. The emulation is xterm's.

import xterm, { type IBufferCell } from "@xterm/headless";
import type { TerminalSize } from "../../base/pseudo-terminal.ts";

/** Of one task, beside what is in sight. All of it is in the plain log at the end. */
const LINES_KEPT = 1000;

const PALETTE = 256;

/** The parameters of SGR (ECMA-48) for how a character looks. */
function styleOf(cell: IBufferCell): string {
  const flags: readonly (readonly [number, number])[] = [[cell.isBold(), 1], [cell.isDim(), 2], [cell.isItalic(), 3], [cell.isUnderline(), 4], [cell.isInverse(), 7]];
  const colour = (code: number, isPalette: boolean, isRgb: boolean, value: number): number[] => {
    if (isPalette) return [code, 5, value % PALETTE];
    return isRgb ? [code, 2, (value >> 16) & 255, (value >> 8) & 255, value & 255] : [];
  };
  return [
    ...flags.flatMap(([isOn, parameter]) => (isOn === 0 ? [] : [parameter])),
    ...colour(38, cell.isFgPalette(), cell.isFgRGB(), cell.getFgColor()),
    ...colour(48, cell.isBgPalette(), cell.isBgRGB(), cell.getBgColor()),
  ].join(";");
}

export class TaskScreen {
  readonly #terminal: xterm.Terminal;
  /** The first line in sight; null: what comes is in sight. */
  #at: number | null = null;
  #found: number | null = null;

  constructor({ columns, rows }: TerminalSize) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, scrollback: LINES_KEPT, allowProposedApi: true, convertEol: true });
  }

  /** `onShown`: it is in sight now. */
  write(bytes: Uint8Array, onShown: () => void): void {
    this.#terminal.write(bytes, onShown);
  }

  resize({ columns, rows }: TerminalSize): void {
    if (this.#terminal.cols !== columns || this.#terminal.rows !== rows) this.#terminal.resize(columns, rows);
  }

  /** Towards the beginning, or with a negative count towards the end. */
  scroll(lines: number): void {
    this.#look(Math.max(0, this.#first - lines));
  }

  /** How many lines are out of sight below. */
  get below(): number {
    return this.#top - this.#first;
  }

  /** To the next line above (or below) the one that was found last, at first from the end, that holds the text, case aside. */
  find(text: string, direction: "up" | "down"): void {
    const { length } = this.#terminal.buffer.active;
    const step = direction === "up" ? -1 : 1;
    for (let at = (this.#found ?? length) + step; at >= 0 && at < length; at += step) {
      if (this.#terminal.buffer.active.getLine(at)?.translateToString(true).toLowerCase().includes(text.toLowerCase()) !== true) continue;
      this.#found = at;
      this.#look(at);
      return;
    }
  }

  /** Nothing is looked for any more. */
  forget(): void {
    this.#found = null;
  }

  /** What is in sight, one text with its colours for each line. */
  get lines(): readonly string[] {
    return Array.from({ length: this.#terminal.rows }, (_, at) => this.#line(this.#first + at));
  }

  /** The first line when the last ones are in sight. */
  get #top(): number {
    return this.#terminal.buffer.active.baseY;
  }

  get #first(): number {
    return Math.min(this.#at ?? this.#top, this.#top);
  }

  #look(first: number): void {
    this.#at = first >= this.#top ? null : first;
  }

  #line(at: number): string {
    const line = this.#terminal.buffer.active.getLine(at);
    if (line === undefined) return "";
    const cell = this.#terminal.buffer.active.getNullCell();
    if (at === this.#found) return `\u001b[7m${line.translateToString(true)}\u001b[0m`;
    let [text, style] = ["", ""];
    for (let x = 0; x < line.length; x++) {
      line.getCell(x, cell);
      if (cell.getWidth() === 0) continue; // The second half of a wide one.
      const next = styleOf(cell);
      if (next !== style) text += `\u001b[0${next === "" ? "" : `;${next}`}m`;
      style = next;
      text += cell.getChars() === "" ? " " : cell.getChars();
    }
    return style === "" ? text.trimEnd() : `${text}\u001b[0m`;
  }
}
