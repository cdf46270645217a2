// The only place that prints. Colour only where a person looks at it (a
// terminal), and never with NO_COLOR (no-color.org) or TERM=dumb.

import type { Failure } from "../base/result.ts";

export interface Printer {
  /** To stdout: what was asked for. */
  say(line: string): void;
  /** To stderr: about the run, never mixed into the command's own output. */
  note(line: string): void;
  /** To stdout, as one line of JSON. */
  value(value: unknown): void;
  /** On a terminal, in place of the last such text; elsewhere nothing. */
  status(text: string): void;
  /** A failure as stable text: sentence, then advice. */
  failure(failure: Failure): void;
  /** Whether `status` is seen by anybody. */
  readonly isWatched: boolean;
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
}

/** One output stream, as far as printing needs it. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function hasColor(sink: Sink, env: Environment): boolean {
  return sink.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

export function printer(out: Sink, err: Sink, env: Environment): Printer {
  const style = (code: number) => (hasColor(out, env) ? (text: string) => `\u001b[${code}m${text}\u001b[0m` : (text: string) => text);
  return {
    say: (line) => out.write(`${line}\n`),
    note: (line) => err.write(`${line}\n`),
    value: (value) => out.write(`${JSON.stringify(value)}\n`),
    status: (text) => {
      if (err.isTTY === true) err.write(`\r\u001b[K${text}`);
    },
    failure: (failure) => {
      err.write(`fathom: ${failure.message}\n`);
      if (failure.advice !== undefined) err.write(`  ${failure.advice}\n`);
    },
    isWatched: err.isTTY === true && env["TERM"] !== "dumb",
    bold: style(1),
    red: style(31),
    green: style(32),
  };
}

/** Gives back the code. `where` JSON goes to: stderr where stdout is the command's. */
export function refuse(print: Printer, failure: Failure, code: number, { isJson, where }: { readonly isJson: boolean; readonly where: "stdout" | "stderr" }): number {
  if (!isJson) print.failure(failure);
  else if (where === "stdout") print.value({ failure });
  else print.note(JSON.stringify({ failure }));
  return code;
}

/** Columns padded to their widest cell; the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ").trimEnd(),
  );
}

/** "1.5 GB": powers of ten, as file managers and disk makers count. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return `${power > 0 && amount < 10 ? amount.toFixed(1) : amount.toFixed(0)} ${units[power] ?? ""}`;
}
