// Every decoder of bytes that somebody else may have had in hand: whatever was
// done to them, the answer is an error or a value that is sound. Sound is what
// comes back the same when it is written and read once more, and takes no more
// room than its bytes could hold. Throwing, and taking long, are failures.

import { isDeepStrictEqual } from "node:util";
import { serialize } from "node:v8";
import { digestOf } from "../../src/base/digest.ts";
import { absPath } from "../../src/base/path.ts";
import { decodeEntry, encodeEntry, type Entry } from "../../src/cache/entry.ts";
import { ABSENT, decodeSet, decodeStates, encodeSet, encodeStates, linkState, listedState } from "../../src/cache/facts.ts";
import { decodeOutput, encodeOutput } from "../../src/cache/output.ts";
import { decodeKey, encodeKey } from "../../src/cache/records.ts";
import { Roots } from "../../src/cache/roots.ts";
import { decodeWitness, encodeWitness, type Confirmed } from "../../src/cache/witness.ts";
import { decodeTrace } from "../../src/explain/decode.ts";
import { TraceEncoder } from "../../src/explain/encode.ts";
import { BEGINNING, HEAD } from "../../src/explain/fake-trace.ts";
import { LedgerDecoder } from "../../src/ledger/decode.ts";
import { encodeRecord } from "../../src/ledger/encode.ts";
import { fileSig, inOrder, linked, listed, madeDir, missing, opened, renamed, wrote } from "../../src/ledger/fake.ts";
import { decodeFrame, encodeFrame } from "../../src/store/frame.ts";
import { decodeMessage, encodeMessage, type Message, type Streams } from "../../src/tap/messages.ts";
import { damage } from "./damage.ts";
import { Random } from "./random.ts";

/** A decoder as a function from bytes to a value, or to null when it says no. */
export interface Subject {
  readonly name: string;
  readonly samples: readonly Buffer[];
  readonly decode: (bytes: Buffer) => unknown;
  /** Writes again what was decoded; null: there is no writer for it. */
  readonly encode: ((value: never) => Buffer) | null;
}

function subject<T>(name: string, samples: readonly Buffer[], decode: (bytes: Buffer) => T | null, encode: ((value: T) => Buffer) | null): Subject {
  return { name, samples, decode, encode };
}

const digestFor = (text: string): ReturnType<typeof digestOf> => digestOf(Buffer.from(text));
const roots = new Roots(absPath("/w"), absPath("/h"), null);
const at = (path: string): ReturnType<Roots["tokenise"]> => roots.tokenise(absPath(path));
const seal = { paths: Buffer.from("/w/a\0/w/b\0"), states: Buffer.alloc(104, 7) };
const modes = { paths: Buffer.from("/w/d\0"), modes: Buffer.alloc(8, 1) };

const SUBJECTS_OF_SET = [{ kind: "missing", name: "\x01W/a.h" }, { kind: "listed", name: "/usr/include" }, { kind: "libc-variables", name: "" }, { kind: "root", name: "W" }] as const;
const STATES = [ABSENT, listedState("\x08a\0"), linkState("../\x01W/x"), ABSENT];
const ENTRY: Entry = {
  weakKey: digestFor("weak"), set: digestFor("set"), states: encodeStates(STATES), program: "/usr/bin/cc", exitCode: 3, cpuNs: 12_345_678_901n,
  moves: [{ from: at("/w/x"), to: at("/w/y") }], output: digestFor("out"), isSharable: true,
  effects: [
    { kind: "file", at: at("/w/a"), content: digestFor("a"), sizeBytes: 2 ** 40, permissions: 0o4755, time: { kind: "written", rank: 1 }, group: 2 },
    { kind: "directory", at: at("/w/b"), permissions: 0o700 },
    { kind: "link", at: at("/w/c"), target: "\x01W/a", time: { kind: "set", mtimeNs: -5n } },
    { kind: "absent", at: at("/w/\xff") },
  ],
};
const CONFIRMED: Confirmed = {
  set: digestFor("set"), strongKey: digestFor("strong"), newestInputNs: 5n, variables: [{ subject: { kind: "variable", name: "CC" }, state: ABSENT }],
  here: seal, system: seal, systemName: digestFor("system"), types: modes, outputs: { files: seal, directories: modes }, plan: Buffer.from("plan"),
};
const LEDGER = inOrder([
  opened("/w/a\xff", 1), missing("/w/b"), listed("/w", ["x", "y"]), madeDir("/w/d"), linked("/w/a", "/w/c", 1), renamed("/w/c", "/w/e", fileSig(1)), wrote("/w/f", null),
  { kind: "readlink", error: 0, path: "/w/l", target: "x" }, { kind: "env", name: "PATH" }, { kind: "changed", what: 5, before: fileSig(2), path: "/w/f" },
  { kind: "stream-wrote", dev: 9n, ino: 1n << 60n, fd: 1, bytes: "\0\xff" }, { kind: "doubt", reason: 7, detail: "i386" },
]);
const STREAMS: Streams = [{ kind: 4, access: 0, dev: 1n, ino: 1n << 63n }, { kind: 3, access: 1, dev: 2n, ino: 3n }, { kind: 3, access: 1, dev: 2n, ino: 3n }];
const IMAGE = {
  question: 1, image: 2, parent: 3, pid: 4, seq: 2 ** 40, startedNs: -5n, weakKey: digestFor("key"), umask: 0o22, flags: 0, streams: STREAMS,
  inherited: ["3: pipe"], path: "/bin/\xff", cwd: "/w", argv: ["cc", "", "-c"], env: ["A=1"],
} as const;
const MESSAGES: readonly Message[] = [
  { kind: "hello", version: 1, ledgerVersion: 1, flags: 2, verifyPercent: 5, verifySeed: 7, pid: 3, workspace: "/w", home: "/h", temporary: "/tmp", cwd: "/w", store: "/s", command: ["make"] },
  { kind: "ask", ...IMAGE }, { kind: "exec", ...IMAGE },
  { kind: "end", image: 1, how: 0, code: -1, successor: 0, exitSeq: 9, endedNs: 5n, cpuNs: 5, flags: 1, chunks: [{ offset: 4096, bytes: 80 }] },
  { kind: "preserve", question: 1, image: 2, atNs: 5n, path: "/w/a" },
  { kind: "done", how: 0, code: 3, processes: 10, notifications: 20, startedNs: 1n, endedNs: 2n, supervisorNs: 3n },
  { kind: "slight", image: 2, parent: 1, flags: 2, startedNs: 1n, endedNs: 2n, weakKey: digestFor("key"), path: "/bin/sh", cwd: "/w", task: "a#b", argumentsLeftOut: 1, argv: ["sh", "-c"], changed: ["w/w/a"] },
  { kind: "left-out" },
  { kind: "answer", question: 1, verdict: 1, code: 0, streams: "/s/x" }, { kind: "release", chunks: [{ offset: 0, bytes: 1 }] },
];
const KEY = [{ set: digestFor("one"), subjects: encodeSet(SUBJECTS_OF_SET).toString("latin1"), entries: [{ strongKey: digestFor("a"), marks: "\0\0\0\x01abcd" }, { strongKey: digestFor("b"), marks: "" }] }, { set: digestFor("two"), subjects: "", entries: [] }];
const OUTPUT = [{ stream: 1, bytes: Buffer.from("out\n") }, { stream: 2, bytes: Buffer.from("err\n") }] as const;

function traces(): readonly Buffer[] {
  return [3, 300].map((count) => {
    const encoder = new TraceEncoder();
    const environment = encoder.environment(new Set([encoder.pair("CC", "0123456789ab")]));
    for (let image = 1; image <= count; image += 1) {
      encoder.began({ ...BEGINNING, image, parent: image - 1, argv: ["cc", "-c", `${String(image % 7)}.c`], environment });
      encoder.came(image, { kind: "stored", strongKey: digestFor(String(image)) });
      encoder.missed(image, { kind: "differs", strongKey: digestFor("x"), total: 1, differences: [{ kind: "listed", name: "\x01W", what: "names", listings: { was: digestFor("a"), now: digestFor("b") } }] });
      encoder.changed(image, [{ how: "wrote", at: "\x01W/o" }]);
      encoder.took(image, { counted: { delayUs: 1, systemUs: 2, faults: 3, diskFaults: 0, readBytes: 512, writtenBytes: 0, peakBytes: 1 << 20 }, counters: image % 2 === 0 ? 2 : { instructions: 5, cycles: 6, cacheMisses: 7 }, waitedUs: { pipe: 300 } });
      encoder.used(image, [image - 1], [image]);
    }
    encoder.listing(digestFor("b"), "\x08a\0");
    return encoder.finish(HEAD);
  });
}
const TRACES = traces();

export const DECODERS: readonly Subject[] = [
  subject("ledger", [Buffer.concat(LEDGER.map(encodeRecord))], (bytes) => {
    const decoded = new LedgerDecoder().decode([bytes]);
    // What follows an unfinished record is not read, so writing the rest again gives a whole ledger.
    if (!decoded.ok) return null;
    const { records, seqs } = decoded.value;
    return records.map((record, at) => ({ ...record, seq: seqs[at] ?? 0 }));
  }, (records) => Buffer.concat(records.map(encodeRecord))),
  subject("entry", [encodeEntry(ENTRY)], (bytes) => valueOf(decodeEntry(bytes)), encodeEntry),
  subject("set", [encodeSet(SUBJECTS_OF_SET)], (bytes) => valueOf(decodeSet(bytes))?.subjects ?? null, encodeSet),
  subject("states", [Buffer.from(encodeStates(STATES), "latin1")], (bytes) => decodeStates(bytes.toString("latin1"), STATES.length), (states) => Buffer.from(encodeStates(states), "latin1")),
  subject("key", [encodeKey(KEY)], (bytes) => decodeKey(bytes), encodeKey),
  subject("witness", [encodeWitness({ applied: digestFor("applied"), left: { task: "a#build", made: ENTRY.effects, changed: [] }, sets: [CONFIRMED, { ...CONFIRMED, plan: null }] })], (bytes) => decodeWitness(bytes), encodeWitness),
  subject("output", [encodeOutput(OUTPUT)], (bytes) => valueOf(decodeOutput(bytes)), null), // Writing joins pieces.
  subject("frame", [encodeFrame("sets", "name", Buffer.from("payload"))], (bytes) => valueOf(decodeFrame("sets", "name", bytes)), (payload) => encodeFrame("sets", "name", payload)),
  subject("trace", TRACES, (bytes) => valueOf(decodeTrace(bytes, "x")), null), // Written as it happens, not from what was read.
  subject("message", MESSAGES.map((message) => encodeMessage(message).subarray(4)), (bytes) => valueOf(decodeMessage(bytes)), (message) => encodeMessage(message).subarray(4)),
];

const valueOf = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T | null => (result.ok ? result.value : null);

/** A value may take a word for each byte, and a shape of its own. */
const ROOM_PER_BYTE = 64;
const ROOM_BYTES_MIN = 4096;
/** Of processor time, for a few hundred bytes: a thousand times what is needed. */
const MICROSECONDS_MAX = 500_000;

/** What is wrong with the answer to these bytes; null: nothing. */
export function fault({ decode, encode }: Subject, bytes: Buffer): string | null {
  const before = process.cpuUsage();
  try {
    const value = decode(bytes);
    const { user, system } = process.cpuUsage(before);
    if (user + system > MICROSECONDS_MAX) return `took ${user + system} us`;
    if (value === null) return null;
    const room = serialize(value).length;
    if (room > ROOM_BYTES_MIN + ROOM_PER_BYTE * bytes.length) return `takes ${room} bytes`;
    if (encode !== null && !isDeepStrictEqual(decode(encode(value as never)), value)) return "is not the same when it is written and read again";
    return null;
  } catch (error) {
    return `throws ${String(error)}`;
  }
}

/** Every decoder, so many times. Each failure with what is needed to see it again. */
export function damageAll(seed: number, rounds: number): string[] {
  const failures: string[] = [];
  for (const decoder of DECODERS) {
    const random = new Random(seed);
    for (let round = 0; round < rounds; round += 1) {
      const bytes = damage(random.pickAny(decoder.samples) ?? Buffer.alloc(0), random);
      const found = fault(decoder, bytes);
      if (found === null) continue;
      failures.push(`${decoder.name} (seed ${seed}, round ${round}): ${found}: ${bytes.toString("hex")}`);
      break;
    }
  }
  return failures;
}
