// A run as Perfetto shows it (ui.perfetto.dev): a track for each process, and an arrow
// from who wrote a file to who read it. Field numbers are those of
// perfetto/protos/perfetto/trace: trace.proto, trace_packet.proto, track_event/*.proto.

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { toText } from "../base/path.ts";
import { breakdownOf, PARTS, verdictOf } from "./breakdown.ts";
import { nameOf, type Ground } from "./ground.ts";
import type { Span, Spans } from "./spans.ts";
import type { Trace } from "./trace.ts";

const TRACE = { packet: 1 } as const;
const PACKET = { timestamp: 8, sequence: 10, event: 11, track: 60 } as const;
const TRACK = { uuid: 1, process: 3 } as const;
const PROCESS = { pid: 1, name: 6 } as const;
const EVENT = { annotation: 4, type: 9, track: 11, category: 22, name: 23, flow: 47 } as const;
const ANNOTATION = { integer: 4, text: 6, name: 10 } as const;
const SLICE_BEGIN = 1;
const SLICE_END = 2;
/** All is written by one writer. */
const SEQUENCE = 1;

type Write = (writer: BinaryWriter) => void;

function message(writer: BinaryWriter, field: number, write: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

const number = (writer: BinaryWriter, field: number, value: number | bigint): BinaryWriter => writer.tag(field, WireType.Varint).uint64(value);
const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter => writer.tag(field, WireType.LengthDelimited).string(value);

interface Flow {
  readonly id: bigint;
  readonly from: Span;
  readonly to: Span;
}

/** Each pair once, with a number of its own. What is still being written has no arrow: Perfetto takes the earlier end for the source. */
function flowsOf({ all, ofImage }: Spans): readonly Flow[] {
  const flows: Flow[] = [];
  for (const to of all) {
    const writers = new Set(to.images.flatMap(({ used }) => used.map((image) => ofImage.get(image))));
    for (const from of writers) if (from !== undefined && from.endUs <= to.startUs) flows.push({ id: BigInt(flows.length + 1), from, to });
  }
  return flows;
}

export function perfettoOf(trace: Trace, spans: Spans, ground: Pick<Ground, "roots">): Uint8Array {
  const writer = new BinaryWriter();
  const flows = flowsOf(spans);
  const flowsFrom = grouped(flows, ({ from }) => from);
  const flowsTo = grouped(flows, ({ to }) => to);
  const packet = (write: Write): void => {
    message(writer, TRACE.packet, (into) => {
      write(into);
      number(into, PACKET.sequence, SEQUENCE);
    });
  };
  const event = (span: Span, us: number, write: Write): void => {
    packet((into) => {
      number(into, PACKET.timestamp, trace.startedNs + BigInt(us) * 1000n);
      message(into, PACKET.event, (of) => {
        number(of, EVENT.track, uuidOf(span));
        write(of);
      });
    });
  };
  for (const span of spans.all) {
    const { program, image } = span.process;
    packet((into) => {
      message(into, PACKET.track, (track) => {
        number(track, TRACK.uuid, uuidOf(span));
        message(track, TRACK.process, (process) => {
          number(process, PROCESS.pid, span.images[0]?.image ?? image);
          text(process, PROCESS.name, toText(program.slice(program.lastIndexOf("/") + 1)));
        });
      });
    });
    event(span, span.startUs, (into) => {
      number(into, EVENT.type, SLICE_BEGIN);
      text(into, EVENT.name, nameOf(span.process, trace, ground).command);
      text(into, EVENT.category, span.process.fate.kind === "replayed" || span.process.fate.kind === "planned" ? "replayed" : "ran");
      annotate(into, span);
      for (const { id } of flowsTo.get(span) ?? []) into.tag(EVENT.flow, WireType.Bit64).fixed64(id);
    });
    event(span, span.endUs, (into) => {
      number(into, EVENT.type, SLICE_END);
      for (const { id } of flowsFrom.get(span) ?? []) into.tag(EVENT.flow, WireType.Bit64).fixed64(id);
    });
  }
  return writer.finish();
}

/** 0 is the track of the whole trace. */
const uuidOf = ({ index }: Span): number => index + 1;

function annotate(writer: BinaryWriter, span: Span): void {
  const parts = breakdownOf(span);
  const put = (name: string, write: Write): void => {
    message(writer, EVENT.annotation, (into) => {
      text(into, ANNOTATION.name, name);
      write(into);
    });
  };
  put("verdict", (into) => { text(into, ANNOTATION.text, verdictOf(span, parts)); });
  for (const part of PARTS) if (parts[part] > 0) put(`${part} us`, (into) => { number(into, ANNOTATION.integer, parts[part]); });
  const { task } = span.process;
  if (task !== null) put("task", (into) => { text(into, ANNOTATION.text, toText(task)); });
  const counted = span.took?.counted ?? null;
  if (counted !== null) put("peak bytes", (into) => { number(into, ANNOTATION.integer, counted.peakBytes); });
}

function grouped(flows: readonly Flow[], key: (flow: Flow) => Span): ReadonlyMap<Span, readonly Flow[]> {
  const groups = new Map<Span, Flow[]>();
  for (const flow of flows) {
    const group = groups.get(key(flow));
    if (group === undefined) groups.set(key(flow), [flow]);
    else group.push(flow);
  }
  return groups;
}
