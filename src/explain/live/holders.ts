// Who has the other end of something, among all processes that may be looked at: of a
// pipe, a socket, a lock, a piece of shared memory.

import type { OpenFile, Proc } from "../../base/proc.ts";
import type { Sample } from "./sample.ts";
import type { Looking } from "./waits.ts";

export type Peers =
  | { readonly kind: "processes"; readonly pids: readonly number[] }
  /** Somebody on a network, or a server that it is connected to; null: anybody may come. */
  | { readonly kind: "outside"; readonly address: string | null };

interface Connection {
  readonly local: string;
  readonly remote: string;
  readonly isListening: boolean;
}

const LISTENING = "0A";
const TCP = ["tcp", "tcp6"] as const;

export class Holders implements Looking {
  readonly proc: Proc;
  readonly #sample: Sample;
  /** Fathom's own processes have many ends open, and none of them keeps anybody waiting. */
  readonly #ours: ReadonlySet<number>;
  readonly #files = new Map<number, readonly OpenFile[]>();
  #byTarget: ReadonlyMap<string, readonly { readonly pid: number; readonly file: OpenFile }[]> | null = null;
  #connections: ReadonlyMap<number, Connection> | null = null;

  constructor(proc: Proc, sample: Sample, ours: ReadonlySet<number>) {
    this.proc = proc;
    this.#sample = sample;
    this.#ours = ours;
  }

  readonly files = (pid: number): readonly OpenFile[] => {
    const known = this.#files.get(pid);
    if (known !== undefined) return known;
    const files = this.proc.files(pid);
    this.#files.set(pid, files);
    return files;
  };

  /** The readers of a pipe for who writes, and the writers for who reads. */
  otherEnd(pipe: string, doing: "read" | "write"): readonly number[] {
    return this.#having(pipe).filter(({ file }) => (doing === "read" ? file.isWritable : file.isReadable)).map(({ pid }) => pid);
  }

  /** The two of a pair are made one after the other and numbered so: either neighbour may be the other end. */
  peers(inode: number): Peers {
    const connection = this.#connected().get(inode);
    if (connection?.isListening === true) return { kind: "outside", address: null };
    if (connection !== undefined) {
      const other = [...this.#connected()].find(([, { local, remote }]) => local === connection.remote && remote === connection.local);
      const pids = other === undefined ? [] : this.#having(`socket:[${String(other[0])}]`).map(({ pid }) => pid);
      return pids.length === 0 ? { kind: "outside", address: addressText(connection.remote) } : { kind: "processes", pids };
    }
    const pids = [inode - 1, inode + 1].flatMap((each) => this.#having(`socket:[${String(each)}]`).map(({ pid }) => pid));
    return pids.length === 0 ? { kind: "outside", address: null } : { kind: "processes", pids };
  }

  /** Source: proc_locks(5): a waiter's line has the number of the lock that it waits for. */
  lockHolders(waiter: number, path: string): readonly number[] {
    const lines = [...(this.proc.text("locks") ?? "").matchAll(/^(\d+):( ->)? \w+\s+\w+\s+\w+\s+(-?\d+) /gm)].map(([, id, arrow, pid]) => ({ id, waits: arrow !== undefined, pid: Number(pid) }));
    const wanted = new Set(lines.filter(({ waits, pid }) => waits && pid === waiter).map(({ id }) => id));
    const holders = lines.filter(({ id, waits }) => !waits && wanted.has(id)).map(({ pid }) => pid).filter((pid) => this.#sample.processes.has(pid));
    // Who took it may be gone, and have left it to those that have its open file.
    return holders.length > 0 ? holders : this.#having(path).map(({ pid }) => pid).filter((pid) => pid !== waiter);
  }

  /** Null: it is the process's own. */
  sharers(pid: number, address: bigint): readonly number[] | null {
    const mapping = mappings(this.proc.text(`${String(pid)}/maps`)).find(({ from, to }) => address >= from && address < to);
    if (mapping?.isShared !== true) return null;
    const isSame = ({ isShared, file }: Mapping): boolean => isShared && file === mapping.file;
    return [...this.#sample.processes.keys()].filter((other) => other !== pid && !this.#ours.has(other) && mappings(this.proc.text(`${String(other)}/maps`)).some(isSame));
  }

  #having(target: string): readonly { readonly pid: number; readonly file: OpenFile }[] {
    if (this.#byTarget === null) {
      const byTarget = new Map<string, { readonly pid: number; readonly file: OpenFile }[]>();
      for (const [pid, { threads }] of this.#sample.processes) {
        if (threads.length === 0 || this.#ours.has(pid)) continue;
        for (const file of this.files(pid)) {
          const known = byTarget.get(file.target);
          if (known === undefined) byTarget.set(file.target, [{ pid, file }]);
          else known.push({ pid, file });
        }
      }
      this.#byTarget = byTarget;
    }
    return this.#byTarget.get(target) ?? [];
  }

  #connected(): ReadonlyMap<number, Connection> {
    this.#connections ??= new Map(TCP.flatMap((name) => (this.proc.text(`net/${name}`) ?? "").split("\n").slice(1)).flatMap((line) => {
      const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
      return local === undefined || remote === undefined || inode === undefined ? [] : [[Number(inode), { local, remote, isListening: state === LISTENING }] as const];
    }));
    return this.#connections;
  }
}

interface Mapping {
  readonly from: bigint;
  readonly to: bigint;
  readonly isShared: boolean;
  /** Device and inode. */
  readonly file: string;
}

function mappings(text: string | null): readonly Mapping[] {
  return [...(text ?? "").matchAll(/^([0-9a-f]+)-([0-9a-f]+) ...([sp]) [0-9a-f]+ (\S+ \d+)/gm)].map(([, from = "0", to = "0", kind, file = ""]) => ({ from: BigInt(`0x${from}`), to: BigInt(`0x${to}`), isShared: kind === "s", file }));
}

/** "0100007F:1F90" is 127.0.0.1:8080; longer ones are left as they are. */
function addressText(text: string): string {
  const [host = "", port = ""] = text.split(":");
  const at = Number.parseInt(port, 16);
  if (host.length !== 8) return `port ${String(at)}`;
  return `${[...Buffer.from(host, "hex")].reverse().join(".")}:${String(at)}`;
}
