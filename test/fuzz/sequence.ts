// A sequence is one random build and what happens to it: rounds of edits, with a
// build after each. All of it is data, so that a failing one can be printed,
// kept, read again, and made smaller by leaving parts out.

/** One line of the build script, or one rule of the Makefile. Numbers stay when others are left out. */
export interface Step {
  readonly id: number;
  readonly text: string;
  /** In a script of its own, and so a unit of its own: how "sh steps/1.sh" is started. Null: a line of the build script. */
  readonly child: string | null;
}

/** Paths are relative to a place: work/..., home/..., tmp/..., outside/... */
export type Edit =
  | { readonly kind: "write"; readonly path: string; readonly text: string }
  | { readonly kind: "append"; readonly path: string; readonly text: string }
  /** As it is in the project. */
  | { readonly kind: "restore"; readonly path: string }
  /** Other content under the modification time it had: an editor that hides what it did. */
  | { readonly kind: "sneak"; readonly path: string; readonly text: string }
  | { readonly kind: "touch"; readonly path: string }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "mode"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "variable"; readonly name: string; readonly value: string | null }
  | { readonly kind: "swap"; readonly first: number; readonly second: number }
  /** Leaves a step out, or takes it in again. */
  | { readonly kind: "toggle"; readonly step: number }
  /** Runs a command the same way as the build: make clean. */
  | { readonly kind: "run"; readonly command: string };

export interface Sequence {
  readonly form: "script" | "make" | "project" | "tasks";
  readonly command: readonly string[];
  /** Streams are compared as sets of lines: steps run at the same time. */
  readonly isParallel: boolean;
  /** The script begins by removing all outputs: a clean build gives the same tree. */
  readonly startsClean: boolean;
  /** Copied into work/ before everything else: a real project. */
  readonly project: string | null;
  readonly sources: readonly Edit[];
  readonly steps: readonly Step[];
  /** Each is followed by a build. */
  readonly rounds: readonly (readonly Edit[])[];
}

/** What a person needs to do it by hand. */
export function describeEdit(edit: Edit): string {
  const { kind, ...rest } = edit;
  return `${kind} ${Object.values(rest).map((value) => JSON.stringify(value)).join(" ")}`;
}

export function describeSequence(sequence: Sequence): string {
  return [
    ...sequence.sources.map((edit) => `  ${describeEdit(edit)}`),
    ...sequence.steps.map(({ id, text, child }) => `  step ${id}${child === null ? "" : ` (${child}sh steps/${id}.sh)`}: ${text.replaceAll("\n", "\n    ")}`),
    ...sequence.rounds.flatMap((edits, index) => [...edits.map((edit) => `  ${describeEdit(edit)}`), `  build ${index}: ${sequence.command.join(" ")}`]),
  ].join("\n");
}
