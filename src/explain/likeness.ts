// Which of many processes is most like another one, by the words of their commands. Of
// ten thousand commands nearly all have the same options and a name of their own: who
// shares such a rare word is compared by itself, the others once for each set of common words.

import type { TracedProcess } from "./trace.ts";
import { grouped } from "./trace-index.ts";

/** A word that more of them have is common. */
const RARE_MAX = 32;
/** Sets of common words that are compared; a build has a few for each of its rules. */
const CLASSES_MAX = 2_000;
/** Of one task, with as many arguments: half alike, whatever those are. */
const SAME_TASK = 0.5;

export const programName = ({ program }: TracedProcess): string => program.slice(program.lastIndexOf("/") + 1);

const WORDS = new WeakMap<TracedProcess, readonly string[]>();

/** Its arguments; of a line for a shell the words in it. */
function wordsOf(process: TracedProcess): readonly string[] {
  const known = WORDS.get(process) ?? wordsIn(process.argv);
  WORDS.set(process, known);
  return known;
}

const wordsIn = (argv: readonly string[]): readonly string[] => argv.flatMap((argument) => argument.split(/\s+/));

/** From 0 to 1: how many of their words are the same. */
export function likenessOfWords(one: readonly string[], other: readonly string[]): number {
  const [words, others] = [wordsIn(one), wordsIn(other)];
  return commonIn(words, others) / Math.max(words.length, others.length, 1);
}

/** The same of processes, and whether they are of one task. */
function likenessOf(one: TracedProcess, other: TracedProcess): number {
  const [words, others] = [wordsOf(one), wordsOf(other)];
  const isSameTask = one.task !== null && one.task === other.task && one.argv[0] === other.argv[0] && one.argv.length === other.argv.length;
  return Math.max(commonIn(words, others) / Math.max(words.length, others.length, 1), isSameTask ? SAME_TASK : 0);
}

function commonIn(words: readonly string[], others: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of others) {
    const left = counts.get(word) ?? 0;
    if (left === 0) continue;
    common += 1;
    counts.set(word, left - 1);
  }
  return common;
}

export interface Alike {
  readonly process: TracedProcess;
  /** From 0 to 1. */
  readonly likeness: number;
}

/** Of one program. */
export class Alikes {
  readonly #places: ReadonlyMap<TracedProcess, number>;
  readonly #rare = new Map<string, TracedProcess[]>();
  readonly #classes: readonly (readonly TracedProcess[])[];

  /** Of equals the first is found. */
  constructor(processes: readonly TracedProcess[]) {
    this.#places = new Map(processes.map((process, place) => [process, place]));
    for (const process of processes) {
      for (const word of new Set(wordsOf(process))) {
        const having = this.#rare.get(word);
        if (having === undefined) this.#rare.set(word, [process]);
        else having.push(process);
      }
    }
    const common = new Set([...this.#rare].filter(([, having]) => having.length > RARE_MAX).map(([word]) => word));
    for (const word of common) this.#rare.delete(word);
    const keyOf = (process: TracedProcess): string => {
      const words = wordsOf(process);
      return [process.cwd, process.task ?? "", process.argv[0] ?? "", String(process.argv.length), String(words.length), ...words.filter((word) => common.has(word)).sort()].join("\0");
    };
    this.#classes = [...grouped(processes, keyOf).values()].slice(0, CLASSES_MAX);
  }

  /** Null: none is meant. */
  mostLike(process: TracedProcess, isMeant: (candidate: TracedProcess) => boolean): Alike | null {
    const sharing = new Set(wordsOf(process).flatMap((word) => this.#rare.get(word) ?? []));
    let best: Alike | null = null;
    for (const candidate of [...[...sharing].filter(isMeant), ...this.#classes.flatMap((alike) => alike.find(isMeant) ?? [])]) {
      const likeness = likenessOf(candidate, process);
      const isBetter = best === null || likeness > best.likeness || (likeness === best.likeness && this.#placeOf(candidate) < this.#placeOf(best.process));
      if (isBetter) best = { process: candidate, likeness };
    }
    return best;
  }

  #placeOf(process: TracedProcess): number {
    return this.#places.get(process) ?? 0;
  }
}
