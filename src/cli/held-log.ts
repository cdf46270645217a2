// Keeps what is printed while something else has the terminal, and prints it
// afterwards, as if nothing had been there.

import type { Printer } from "./render.ts";

/** What is held at most: 64 MiB of text. What came first is left out then, which is said. */
const HELD_CHARACTERS_MAX = 64 * 1024 * 1024;

type Print = Pick<Printer, "say" | "note" | "value" | "failure" | "status">;

export class HeldLog {
  readonly #print: Printer;
  readonly #charactersMax: number;
  #isHeld = false;
  #held: { readonly text: string; readonly put: (text: string) => void }[] = [];
  #characters = 0;
  #leftOut = 0;

  constructor(print: Printer, charactersMax = HELD_CHARACTERS_MAX) {
    this.#print = print;
    this.#charactersMax = charactersMax;
  }

  /** `onNote`: of what is held, what is about the run itself. */
  hold(onNote: (text: string) => void): void {
    this.#isHeld = true;
    this.#onNote = onNote;
  }

  release(): void {
    this.#isHeld = false;
    if (this.#leftOut > 0) this.#print.note(`fathom: ${String(this.#leftOut)} lines that came before these are left out`);
    for (const { text, put } of this.#held) put(text);
    [this.#held, this.#characters, this.#leftOut] = [[], 0, 0];
  }

  get printer(): Printer {
    const held: Print = {
      say: (line) => { this.#put(line, (text) => { this.#print.say(text); }); },
      note: (line) => {
        this.#put(line, (text) => { this.#print.note(text); });
        if (this.#isHeld && line.startsWith("fathom: ")) this.#onNote(line);
      },
      value: (value) => { this.#print.value(value); },
      status: (text) => { if (!this.#isHeld) this.#print.status(text); },
      failure: (failure) => {
        if (!this.#isHeld) return this.#print.failure(failure);
        held.note(`fathom: ${failure.message}${failure.advice === undefined ? "" : `\n  ${failure.advice}`}`);
      },
    };
    return { ...this.#print, ...held };
  }

  #onNote: (text: string) => void = () => undefined;

  #put(text: string, put: (text: string) => void): void {
    if (!this.#isHeld) {
      put(text);
      return;
    }
    this.#held.push({ text, put });
    this.#characters += text.length;
    if (this.#characters > this.#charactersMax) this.#leaveOut();
  }

  /** A quarter at a time: each time costs as much as there is. */
  #leaveOut(): void {
    let gone = 0;
    while (this.#characters > this.#charactersMax * 0.75 && gone < this.#held.length) {
      this.#characters -= this.#held[gone]?.text.length ?? 0;
      gone += 1;
    }
    this.#held = this.#held.slice(gone);
    this.#leftOut += gone;
  }
}
