// A program of its own: serves what was laid in a view without its bytes, from the
// command's beginning to its end (view-outputs.ts starts it). The kernel is answered by
// a thread that waits for nothing else; content is brought here, so that one slow fetch
// keeps nobody else waiting. It ends with who started it, and with the mount.

import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { realClock } from "../base/clock.ts";
import { native } from "../base/native.ts";
import { absPath, fromText, nameOf } from "../base/path.ts";
import { realDisk } from "../base/real-disk.ts";
import { ok, type Failure, type Result } from "../base/result.ts";
import { openStore } from "../store/open.ts";
import { Contents, storeSource } from "../view/fuse/content.ts";
import { give, serve, withhold, type ServeContext, type Wanted } from "../view/fuse/serve.ts";
import { OutputTree } from "../view/fuse/tree.ts";
import { readView } from "../view/view.ts";
import { printer } from "./render.ts";
import { sharedStream } from "./shared-stream.ts";

/** What the kernel speaks through, as who starts us hands it over. */
const DEVICE = 3;

interface Started {
  readonly context: ServeContext;
  readonly tree: OutputTree;
  readonly contents: Contents;
}

function start(folderText: string, storeText: string): Result<Started, Failure> {
  const addon = native();
  if (!addon.ok) return addon;
  const disk = realDisk(realClock);
  const folder = absPath(fromText(folderText));
  const view = readView(disk, folder, nameOf(folder));
  if (!view.ok) return view;
  const store = openStore({ root: absPath(fromText(storeText)), disk, clock: realClock });
  if (!store.ok) return store;
  const tree = new OutputTree(view.value, { disk, native: addon.value, user: process.getuid?.() ?? 0, group: process.getgid?.() ?? 0 });
  return ok({ context: { disk, native: addon.value, device: DEVICE, view: view.value }, tree, contents: new Contents(view.value, storeSource(store.value, disk), disk, String(process.pid)) });
}

function bring(folder: string, store: string): void {
  const print = printer(sharedStream(1), sharedStream(2), process.env);
  const started = start(folder, store);
  if (!started.ok) {
    print.failure(started.failure);
    process.exitCode = 1;
    return;
  }
  const { context, contents } = started.value;
  const told = new Set<string>();
  const worker = new Worker(new URL(import.meta.url), { workerData: { folder, store } });
  worker.on("message", (wanted: Wanted) => {
    void contents.of(wanted.file).then((brought) => {
      if (brought.ok) return give(wanted, context);
      withhold(wanted, context);
      if (!told.has(brought.failure.message)) print.failure(brought.failure);
      told.add(brought.failure.message);
    });
  });
  worker.once("exit", () => process.exit(0));
  // Who started us is gone. A thread that waits for the kernel can be ended in no other way.
  process.stdin.resume().once("end", () => process.kill(process.pid, "SIGKILL"));
}

if (isMainThread) bring(process.argv[2] ?? "", process.argv[3] ?? "");
else {
  const { folder, store } = workerData as { readonly folder: string; readonly store: string }; // As it was given above.
  const started = start(folder, store);
  if (started.ok) serve(started.value.tree, (wanted) => parentPort?.postMessage(wanted), started.value.context);
}
