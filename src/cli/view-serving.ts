// Who is asked for bytes of outputs while a command runs in a view, on the channel on
// which the supervisor tells how it made that: a server of ours for what the kernel
// asks (mounted), or we ourselves for what the supervisor asks (led).

import type { ChildProcess } from "node:child_process";
import { Duplex } from "node:stream";
import { toBuffer } from "../base/path.ts";
import type { Failure } from "../base/result.ts";
import type { View } from "../view/view.ts";
import type { Printer } from "./render.ts";
import { outputSource, serveOutputs } from "./view-outputs.ts";
import type { Views } from "./views.ts";

export interface Serving {
  /** `told`: all that was told so far; `isMade`: the view is, and its command runs. */
  hear(child: ChildProcess, told: string, isMade: boolean): void;
  /** The command has ended. */
  stop(): void;
}

export const NO_SERVING: Serving = { hear: () => undefined, stop: () => undefined };

/** Before the view is made, where outputs are to be served: "device" and its descriptor of what the kernel speaks through. */
const deviceIn = (text: string): number | null => {
  const [, device] = /^device (\d+)\n/.exec(text) ?? [];
  return device === undefined ? null : Number(device);
};

const notServed = ({ name }: View): Failure => ({ code: "outputs-not-served", message: `Cannot serve outputs in the view "${name}" any more: the program that did so has ended`, advice: "What the command looks up in the workspace from now on is an error (ENOTCONN)" });

/** What is still in the view when the command has ended reads no more of what was laid there. */
export function mountedServing(views: Views, view: View, print: Printer): Serving {
  let server: ChildProcess | null = null;
  let isMade = false;
  return {
    hear(child, told, isMadeNow) {
      isMade = isMadeNow;
      const device = server === null ? deviceIn(told) : null;
      if (device === null || child.pid === undefined) return;
      const started = serveOutputs(views, view, child.pid, device);
      const fell = (failure: Failure): void => {
        print.failure(failure);
        if (!isMade) child.kill("SIGKILL"); // It waits for somebody who answers.
      };
      if (!started.ok) { fell(started.failure); return; }
      server = started.value;
      server.once("error", () => { fell(notServed(view)); });
      // With 0 when nobody has it mounted any more.
      server.once("exit", (code) => { if (server !== null && code !== 0) fell(notServed(view)); });
    },
    stop() {
      const serving = server;
      server = null;
      serving?.kill("SIGKILL");
    },
  };
}

/** Behind the line that tells the tier: names with a NUL behind each. One is asked for at a time. */
export function ledServing(views: Views, view: View, print: Printer): Serving {
  const source = outputSource(views, view);
  const failures = new Set<string>();
  let taken = 0;
  const answer = async (channel: Duplex, path: string): Promise<void> => {
    const content = await source(path);
    if (!content.ok && !failures.has(content.failure.message)) print.failure(content.failure);
    if (!content.ok) failures.add(content.failure.message);
    channel.write(toBuffer(content.ok ? `${content.value}\0` : "\0"));
  };
  return {
    hear(child, told, isMade) {
      const channel = child.stdio[4];
      if (!isMade || !(channel instanceof Duplex)) return;
      if (taken === 0) taken = told.indexOf("\n") + 1;
      for (let end = told.indexOf("\0", taken); end >= 0; end = told.indexOf("\0", taken)) {
        const path = told.slice(taken, end);
        taken = end + 1;
        void answer(channel, path);
      }
    },
    stop: () => undefined,
  };
}
