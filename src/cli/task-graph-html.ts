// The graph of tasks as one HTML file that needs nothing else: what comes first
// stands to the left.

import { byteOrder } from "../base/path.ts";
import type { Task, TaskGraph, TaskId } from "../workspace/graph.ts";

/** In pixels. */
const [ROW, GAP, MARGIN, CHARACTER, BOX_HEIGHT] = [44, 70, 20, 7.3, 28];

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;");

interface Box {
  readonly task: Task;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Of each task how many stand before it on the longest way. The graph has what comes first first. */
function columnsOf(graph: TaskGraph): ReadonlyMap<TaskId, number> {
  const columns = new Map<TaskId, number>();
  for (const { id, dependsOn } of graph.values()) columns.set(id, Math.max(0, ...dependsOn.map((other) => (columns.get(other) ?? 0) + 1)));
  return columns;
}

/** Within a column by where what they wait for stands, so that few lines cross. */
function boxesOf(graph: TaskGraph): ReadonlyMap<TaskId, Box> {
  const boxes = new Map<TaskId, Box>();
  const columns = columnsOf(graph);
  let x = MARGIN;
  for (let column = 0; column <= Math.max(-1, ...columns.values()); column += 1) {
    const tasks = [...graph.values()].filter(({ id }) => columns.get(id) === column);
    const meanOf = ({ dependsOn }: Task): number => (dependsOn.length === 0 ? 0 : dependsOn.reduce((sum, other) => sum + (boxes.get(other)?.y ?? 0), 0) / dependsOn.length);
    tasks.sort((a, b) => meanOf(a) - meanOf(b) || byteOrder(a.id, b.id));
    const width = Math.ceil(Math.max(...tasks.map(({ id }) => id.length)) * CHARACTER) + 20;
    for (const [row, task] of tasks.entries()) boxes.set(task.id, { task, x, y: MARGIN + row * ROW, width });
    x += width + GAP;
  }
  return boxes;
}

function line(from: Box, to: Box): string {
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + BOX_HEIGHT / 2, to.x, to.y + BOX_HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return `<path d="M${String(x1)} ${String(y1)} C${String(middle)} ${String(y1)} ${String(middle)} ${String(y2)} ${String(x2)} ${String(y2)}"/>`;
}

function box({ task: { id, command }, x, y, width }: Box): string {
  const kind = command === null ? " class=\"nothing\"" : "";
  return `<g${kind}><title>${escaped(command ?? "no such script: it only stands between others")}</title><rect x="${String(x)}" y="${String(y)}" width="${String(width)}" height="${String(BOX_HEIGHT)}" rx="5"/>`
    + `<text x="${String(x + 10)}" y="${String(y + 18)}">${escaped(id)}</text></g>`;
}

export function graphSvg(graph: TaskGraph): string {
  const boxes = boxesOf(graph);
  const all = [...boxes.values()];
  const [width, height] = [Math.max(0, ...all.map((each) => each.x + each.width)) + MARGIN, Math.max(0, ...all.map((each) => each.y)) + BOX_HEIGHT + MARGIN];
  const lines = all.flatMap((to) => to.task.dependsOn.flatMap((id) => { const from = boxes.get(id); return from === undefined ? [] : [line(from, to)]; }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}">`,
    "<style>text{font:12px ui-monospace,monospace;fill:#1f2328}rect{fill:#f6f8fa;stroke:#8c959f}path{fill:none;stroke:#8c959f}.nothing rect{stroke-dasharray:4 3}.nothing text{fill:#6e7781}"
    + "@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#161b22}.nothing text{fill:#8d96a0}}</style>",
    ...lines, ...all.map(box), "</svg>",
  ].join("\n");
}

export function graphHtml(graph: TaskGraph): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tasks</title>
<style>:root{color-scheme:light dark}body{margin:0}</style>
${graphSvg(graph)}
</html>
`;
}
