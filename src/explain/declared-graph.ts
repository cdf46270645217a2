// The order that a build tool knows itself, in one form for all tools: which target
// waits for which, and which command lines make it. Names are absolute paths, so that
// "./a.o", "a.o" and "../x/a.o" are one target.

export interface DeclaredTarget {
  /** What it waits for, order-only prerequisites too. */
  readonly waitsFor: readonly string[];
  /** Made by the same run of its recipe. */
  readonly alsoMakes: readonly string[];
  /** Its rule is one for many ("%.o: %.c"). */
  readonly isOfPattern: boolean;
  /** No file: its recipe runs each time. */
  readonly isPhony: boolean;
  /** "Makefile:12"; null: not known. */
  readonly place: string | null;
}

export interface DeclaredGraph {
  readonly tool: "make" | "ninja";
  /** In which it ran: absolute. */
  readonly folder: string;
  readonly targets: ReadonlyMap<string, DeclaredTarget>;
  /** By target: what a compiler told the tool that it had read. Known from the next build on, so no order in the first one. */
  readonly learned: ReadonlyMap<string, ReadonlySet<string>>;
  /** In the order in which the tool would run them; of a rule with several targets each line once a target. */
  readonly lines: readonly { readonly line: string; readonly target: string }[];
  /** Its own files: whatever depends on them depends on all. */
  readonly ownFiles: ReadonlySet<string>;
  /** Makefiles with which it makes one target after the other, whatever is asked for (.NOTPARALLEL). */
  readonly serialFiles: ReadonlySet<string>;
  /** What make makes where it is asked for nothing: one for each Makefile of the folder. */
  readonly defaultGoals: ReadonlySet<string>;
}

/** A command line without what shells and build tools write differently. */
export const plainLine = (text: string): string => text.replace(/["'\\]/g, "").replace(/\s+/g, " ").trim();
