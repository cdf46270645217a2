// The graph of tasks as text for programs that draw.

import { fail, ok, type Failure, type Result } from "../base/result.ts";
import type { TaskGraph } from "../workspace/graph.ts";
import { graphHtml, graphSvg } from "./task-graph-html.ts";

function dot(graph: TaskGraph): string {
  const lines = [...graph.values()].flatMap(({ id, dependsOn }) => [`  ${JSON.stringify(id)}`, ...dependsOn.map((other) => `  ${JSON.stringify(id)} -> ${JSON.stringify(other)}`)]);
  return `digraph tasks {\n${lines.join("\n")}\n}\n`;
}

function mermaid(graph: TaskGraph): string {
  const names = new Map([...graph.keys()].map((id, index) => [id, `t${String(index)}`]));
  const lines = [...graph.values()].flatMap(({ id, dependsOn }) => [
    `  ${names.get(id) ?? ""}["${id.replaceAll("\"", "#quot;")}"]`,
    ...dependsOn.map((other) => `  ${names.get(id) ?? ""} --> ${names.get(other) ?? ""}`),
  ]);
  return `graph TD\n${lines.join("\n")}\n`;
}

/** By the end of a file's name: .html, .svg, .dot or .gv, .mmd or .mermaid; the bare words too. */
export function graphText(graph: TaskGraph, file: string): Result<string, Failure> {
  const kind = file.slice(file.lastIndexOf(".") + 1).toLowerCase();
  if (kind === "dot" || kind === "gv") return ok(dot(graph));
  if (kind === "mmd" || kind === "mermaid") return ok(mermaid(graph));
  if (kind === "html") return ok(graphHtml(graph));
  if (kind === "svg") return ok(`${graphSvg(graph)}\n`);
  return fail({ code: "graph-kind-unknown", message: `Cannot write a graph to "${file}": expected a name that ends in .html, .svg, .dot or .mmd` });
}
