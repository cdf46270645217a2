// A postmortem as Markdown of one page, and as JSON: docs/reference/cli.md has the words.

import { runNameJson } from "../json.ts";
import { runText, timeText } from "../text.ts";
import { cut } from "../words.ts";
import type { Cause, Postmortem } from "./postmortem.ts";

const list = (title: string, items: readonly string[]): readonly string[] => (items.length === 0 ? [] : ["", `## ${title}`, "", ...items.map((item) => `- ${item}`)]);

export function postmortemLines(answer: Postmortem): readonly string[] {
  const { sentence, red, green, failing, cause, others, cleared, conditions, downstream, timeline, actions, unknowns } = answer;
  return [
    "# Postmortem", "", `${sentence}.`, "",
    `- Red: ${runText(red)}`, `- Green: ${runText(green)}`,
    ...(failing === null ? [] : [
      `- Failed first: \`${cut(failing.process.command, 200)}\`, exit ${failing.exit}${failing.process.task === null ? "" : `, task ${failing.process.task}`}`,
      ...(failing.error === null ? [] : [`- It said: \`${failing.error}\``]),
      ...(failing.isHidden ? [`- Came to light in: \`${cut(failing.cameToLightIn.command, 200)}\``] : []),
    ]),
    ...list("Cause", [`${cause.kind}: ${cause.text} (${cause.certainty})`, ...(cause.evidence === null ? [] : [cause.evidence]), ...others.map((other) => `also ${other.text} (${other.certainty})`)]),
    ...list("From the cause to the failure", chainOf(cause)),
    ...list("Cleared", cleared.map((text) => `${text}: without it, it fails as well`)),
    ...list("Conditions", conditions),
    ...list("What it broke", downstream.count === 0 ? [] : [...downstream.named.map((command) => `\`${command}\``), ...(downstream.count > downstream.named.length ? [`and ${String(downstream.count - downstream.named.length)} more`] : [])]),
    ...list("Timeline", timeline.map(({ atNs, text }) => `${timeText(atNs)}: ${text}`)),
    ...list("To do", actions),
    ...list("Unknown", unknowns),
  ];
}

const chainOf = ({ chain }: Cause): readonly string[] => chain.map(({ process, text }) => `\`${cut(process.command)}\`: ${text}`);

export function postmortemJson({ red, green, timeline, cause, others, ...rest }: Postmortem): object {
  return {
    ...rest, red: runNameJson(red), green: runNameJson(green), cause, others,
    timeline: timeline.map(({ atNs, text }) => ({ at: new Date(Number(atNs / 1_000_000n)).toISOString(), text })),
  };
}
