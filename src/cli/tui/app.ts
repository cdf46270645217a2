// How the view of tasks looks: on the left which tasks, on the right what the chosen
// one prints, at the bottom how far all is and which keys there are. Ink lays it out.

import { Box, Text } from "ink";
import { createElement as h, type ReactElement } from "react";
import { unreachable } from "../../base/assert.ts";
import type { TerminalSize } from "../../base/pseudo-terminal.ts";
import { durationText, prefixOf } from "../task-lines.ts";
import type { Row, RowState } from "./board.ts";
import type { Mode } from "./keys.ts";

export interface Shown {
  readonly size: TerminalSize;
  readonly nowMs: number;
  readonly rows: readonly Row[];
  readonly chosen: Row | null;
  readonly lines: readonly string[];
  /** How many lines are out of sight below. */
  readonly below: number;
  readonly status: string;
  readonly mode: Mode;
  readonly search: string;
  readonly canType: boolean;
  readonly canRestart: boolean;
}

const LIST_COLUMNS_MAX = 40;
/** Between list and output; above and below the output. */
const RULE_COLUMNS = 2;
const HEAD_ROWS = 1;
const FOOT_ROWS = 2;

const listColumns = ({ size, rows }: Pick<Shown, "size" | "rows">): number =>
  Math.min(LIST_COLUMNS_MAX, Math.floor(size.columns * 0.4), Math.max(16, ...rows.map(({ task }) => task.id.length + 12)));

/** Ink takes the whole screen for something else when it is filled to the last line. */
const heightOf = ({ rows }: TerminalSize): number => rows - 1;

/** What is left for the output of a task. */
export const outputSize = (shown: Pick<Shown, "size" | "rows">): TerminalSize =>
  ({ columns: shown.size.columns - listColumns(shown) - RULE_COLUMNS, rows: heightOf(shown.size) - HEAD_ROWS - FOOT_ROWS });

const LOOKS: Readonly<Record<RowState, { readonly mark: string; readonly color?: string; readonly isDim?: true }>> = {
  running: { mark: ">", color: "cyan" }, failed: { mark: "x", color: "red" }, waiting: { mark: " ", isDim: true },
  ran: { mark: "+", color: "green" }, replayed: { mark: "=", color: "green" }, skipped: { mark: "-", isDim: true },
};

export function stateText({ state, startedMs, tookMs }: Row, nowMs: number): string {
  switch (state) {
    case "running": return durationText(Math.floor((nowMs - startedMs) / 1000) * 1000).replace(/\.0+s$/, "s").replace(/^0ms$/, "0s");
    case "failed": return `failed ${durationText(tookMs)}`;
    case "ran": return durationText(tookMs);
    case "replayed": return "cached";
    case "waiting": return "";
    case "skipped": return "skipped";
    default: return unreachable(state);
  }
}

/** Of more rows than there is room for those around the chosen one. */
function around(rows: readonly Row[], chosen: Row | null, room: number): readonly Row[] {
  const at = rows.findIndex(({ task }) => task.id === chosen?.task.id);
  const first = Math.max(0, Math.min(rows.length - room, at - Math.floor(room / 2)));
  return rows.slice(first, first + room);
}

function listLine(row: Row, isChosen: boolean, nowMs: number, columns: number): ReactElement {
  const look = LOOKS[row.state];
  const end = stateText(row, nowMs);
  const room = Math.max(1, columns - end.length - 4);
  const name = prefixOf(row.task.id);
  const cut = name.length > room ? `${name.slice(0, room - 1)}~` : name.padEnd(room);
  return h(Text, { key: row.task.id, wrap: "truncate-end", inverse: isChosen, dimColor: look.isDim === true, ...(look.color === undefined ? {} : { color: look.color }) }, `${look.mark} ${cut} ${end} `);
}

function keysText({ mode, search, canType, canRestart }: Shown): string {
  switch (mode) {
    case "type": return "What you type goes to the task; Ctrl-Z ends that";
    case "search": return `/${search}_  (Enter: the one above; Esc)`;
    case "browse": return `up/down task  PgUp/PgDn u/d g/G scroll  / search${canType ? "  i type" : ""}${canRestart ? "  r restart" : ""}  q end`;
    default: return unreachable(mode);
  }
}

function headText({ chosen, below }: Shown): string {
  if (chosen === null) return "";
  const { task, cause } = chosen;
  return `${below === 0 ? "" : `[${String(below)} more below] `}${task.id}: ${task.command ?? ""}${cause === null ? "" : ` (${cause})`}`;
}

export function App(shown: Shown): ReactElement {
  const { size, rows, chosen, nowMs, lines, status } = shown;
  const columns = listColumns(shown);
  const height = heightOf(size);
  const list = around(rows, chosen, height - FOOT_ROWS).map((row) => listLine(row, row.task.id === chosen?.task.id, nowMs, columns));
  return h(Box, { flexDirection: "column", width: size.columns, height },
    h(Box, { key: "both", height: height - FOOT_ROWS },
      h(Box, { key: "list", flexDirection: "column", width: columns, flexShrink: 0 }, list),
      h(Box, { key: "output", flexDirection: "column", flexGrow: 1, marginLeft: RULE_COLUMNS },
        h(Text, { key: "head", bold: true, wrap: "truncate-end" }, headText(shown) || " "),
        lines.map((line, at) => h(Text, { key: at, wrap: "truncate-end" }, line === "" ? " " : line)))),
    h(Text, { key: "status", wrap: "truncate-end" }, status || " "),
    h(Text, { key: "keys", dimColor: true, wrap: "truncate-end" }, keysText(shown)));
}
