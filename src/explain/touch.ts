// What processes did to paths that another process of the run touched as well, and in
// which order: what a race can be seen in. Numbers are places in the order of all
// records of the run. Bytes: docs/reference/trace-format.md, kind 7.

/** Bits of `did`. Append only; never renumber. */
export const DID = {
  /** Looked for and not there. */
  sought: 1,
  /** Its existence, type or times were asked for. */
  found: 2,
  /** Opened for reading, or started as a program. */
  read: 4,
  /** The names in it. */
  listed: 8,
  /** Opened for writing, and nothing of what was in it survives. */
  wrote: 16,
  /** Opened for writing without that: appended, or a part of it replaced. */
  updated: 32,
  removed: 64,
  /** A directory, a link, a second name. */
  made: 128,
  /** A whole file got this name. */
  published: 256,
  /** Mode or times. */
  marked: 512,
  /** Something directly in it was made or removed. */
  names: 1024,
  /** Nothing was there before. */
  created: 2048,
  /** A lock on it was asked for. */
  locked: 4096,
  /** Whoever wrote it left the same bytes. */
  same: 8192,
} as const;

export const LOOKS = DID.sought | DID.found | DID.read | DID.listed;
export const CHANGES = DID.wrote | DID.updated | DID.removed | DID.made | DID.published;

/** First and last. */
export type Span = readonly [number, number];

export interface Touch {
  /** A token. */
  readonly at: string;
  readonly did: number;
  /** Null: it did not, or nobody knows when. */
  readonly looked: Span | null;
  readonly changed: Span | null;
}

/** How a process hangs together with others beside being started and ending. A number is a pipe or socket, 0: none but its parent's. */
export interface Links {
  readonly input: number;
  readonly output: number;
  readonly error: number;
  /** It was given another pipe or socket. */
  readonly isLinked: boolean;
  /** It read what it was given. */
  readonly hears: boolean;
}

export interface Order {
  readonly began: number;
  /** 0: not known. */
  readonly ended: number;
  readonly links: Links;
}

/** What is kept until the run ends. Of 10,000 compiles with 200 files of their own project each it takes 20 MiB. */
export const TOUCHED_BYTES_MAX = 64 * 1024 * 1024;
