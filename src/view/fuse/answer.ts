// What is answered to each request of the kernel. Nothing waits here: content that has
// yet to be fetched is somebody else's business. OPEN is refused with ENOSYS, which the
// kernel takes for "from now on without asking": a file that was read once is opened and
// read again at the price of any other.

import type { Laid } from "../outputs.ts";
import type { OutputTree } from "./tree.ts";
import { attrReply, directoryReply, done, entryReply, ERRNO, initReply, nameIn, OP, openReply, readAt, refusal, statfsReply, type Request } from "./wire.ts";

export type Answer =
  | { readonly kind: "reply"; readonly bytes: Buffer }
  /** Some requests want none. */
  | { readonly kind: "none" }
  | { readonly kind: "content"; readonly unique: bigint; readonly file: Laid; readonly offset: number; readonly lengthBytes: number };

const reply = (bytes: Buffer): Answer => ({ kind: "reply", bytes });

export function answer({ opcode, unique, node, body }: Request, tree: OutputTree): Answer {
  switch (opcode) {
    case OP.init: return reply(initReply(unique));
    case OP.lookup: {
      const look = tree.lookup(node, nameIn(body));
      // Not "nothing is there, and never will be": what is laid later must be found.
      return reply(look === null ? refusal(unique, ERRNO.enoent) : entryReply(unique, look));
    }
    case OP.getattr: {
      const look = tree.look(node);
      return reply(look === null ? refusal(unique, ERRNO.enoent) : attrReply(unique, look));
    }
    case OP.opendir: return reply(openReply(unique));
    case OP.readdir: {
      const [names, at] = [tree.names(node), readAt(body)];
      return reply(names === null || at === null ? refusal(unique, ERRNO.eio) : directoryReply(unique, names, at.offset, at.lengthBytes));
    }
    case OP.read: {
      const [file, at] = [tree.file(node), readAt(body)];
      return file === null || at === null ? reply(refusal(unique, ERRNO.eio)) : { kind: "content", unique, file, ...at };
    }
    case OP.statfs: return reply(statfsReply(unique));
    case OP.release: case OP.releasedir: return reply(done(unique));
    case OP.forget: case OP.batchForget: case OP.interrupt: case OP.destroy: return { kind: "none" };
    default: return reply(refusal(unique, ERRNO.enosys));
  }
}
