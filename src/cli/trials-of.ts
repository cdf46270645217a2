// The experiments of a postmortem: how each suspect is put back to what it was in the green
// run, and the failing unit run again with that. None of a unit that changes what lies outside of
// the workspace: there its effects would stay.

import { posix } from "node:path";
import type { Disk } from "../base/disk.ts";
import { fromText, isAbsPath, join, toText, type AbsPath } from "../base/path.ts";
import type { DiffGround } from "../explain/diff/divergence.ts";
import { factsOf } from "../explain/diff/facts.ts";
import { exitOf, SHELL_SIGNAL, type Failing } from "../explain/postmortem/failing.ts";
import type { Suspect } from "../explain/postmortem/suspects.ts";
import type { Outcome, Trials } from "../explain/postmortem/trials.ts";
import type { Trace, TracedProcess } from "../explain/trace.ts";
import { tookUs } from "../explain/why.ts";
import { digestsOf } from "../explain/variables.ts";
import { experiment, type FileChange } from "./experiment.ts";
import type { GreenContent } from "./green-content.ts";
import type { Environment } from "./render.ts";

export interface TrialsContext extends DiffGround {
  readonly disk: Disk;
  readonly env: Environment;
  readonly content: Pick<GreenContent, "of" | "permissionsOf">;
}

const TIMEOUT_MS_MIN = 30_000;
const TIMEOUT_TIMES = 10;

interface Command {
  readonly cwd: AbsPath;
  readonly words: readonly string[];
}

/** Null: it is not to be run again, or its command is not known whole. */
export function trialsOf(failing: Failing, context: TrialsContext): Trials | null {
  const { unit, greenUnit } = failing;
  const command = commandOf(unit, context);
  if (command === null || !staysInside(unit, context.second, context) || (greenUnit !== null && !staysInside(greenUnit, context.first, context))) return null;
  const greenCommand = greenUnit === null ? null : commandOf(greenUnit, context);
  const present = presentVariables(context);
  /** What the green command had otherwise. */
  const isArgument = ({ kind, what }: Suspect): boolean => (kind === "argument" && what !== "umask") || what === "program";
  const isMask = ({ what }: Suspect): boolean => what === "umask";
  const isUnset = ({ kind, subject }: Suspect): boolean => kind === "variable" && greenUnit?.variables?.has(subject) === false;
  const filesOf = (suspect: Suspect): readonly FileChange[] | null => (isArgument(suspect) || isMask(suspect) || suspect.kind === "variable" ? [] : undo(suspect, context));
  const run = (undone: readonly Suspect[]): number | null => {
    const { cwd, words } = undone.some(isArgument) && greenCommand !== null ? greenCommand : command;
    const unset = new Set(undone.filter(isUnset).map(({ subject }) => subject));
    const env = Object.fromEntries(Object.entries(context.env).filter(([name]) => !unset.has(fromText(name))));
    // As `fathom run` gives it to tasks.
    if (unit.task !== null) env["PATH"] = [cwd, context.ground.roots.workspace].map((folder) => `${toText(folder)}/node_modules/.bin`).concat(env["PATH"] ?? []).join(":");
    const changes = undone.flatMap((suspect) => filesOf(suspect) ?? []);
    const timeoutMs = Math.max(TIMEOUT_MS_MIN, TIMEOUT_TIMES * Math.ceil(tookUs(unit) / 1000));
    const { umask, isSlight } = undone.some(isMask) && greenUnit !== null ? greenUnit : unit;
    return experiment({ workspace: context.ground.roots.workspace, cwd, words, env, changes, umask: isSlight ? null : umask, timeoutMs }, context.disk);
  };
  const exit = exitOf(unit, context.second);
  // Which signal ended it is not always known.
  const isSame = (code: number): boolean => (exit.how === 1 ? code > SHELL_SIGNAL : code === exit.code);
  return {
    again: (undone): Outcome => {
      const code = run(undone);
      if (code === 0) return "passed";
      // As it is it must fail as it did: another way to fail says that something else is missing here.
      if (code === null) return "not-run";
      return undone.length === 0 && !isSame(code) && unit.end?.how !== 2 ? "not-run" : "failed";
    },
    canUndo: (suspect) => {
      if (isArgument(suspect)) return greenCommand !== null && greenCommand.words.join("\0") !== command.words.join("\0");
      if (suspect.kind === "variable") return isUnset(suspect);
      if (isMask(suspect)) return greenUnit !== null;
      return filesOf(suspect) !== null;
    },
    isUndoneNow: ({ kind, subject }) => {
      if (kind !== "variable" || context.first.salt !== context.second.salt) return false;
      const [then, since, now] = [greenUnit?.variables?.get(subject), unit.variables?.get(subject), present.get(subject)];
      return then === now && since !== now;
    },
  };
}

const presentVariables = ({ env, ground, second }: TrialsContext): ReadonlyMap<string, string> =>
  digestsOf(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [fromText(`${name}=${value}`)])), ground.roots, Buffer.from(second.salt, "hex"));

function commandOf({ program, argv, argumentsLeftOut, cwd }: TracedProcess, { ground: { roots } }: TrialsContext): Command | null {
  const folder = roots.locate(cwd);
  // What was called "./tool" is no token.
  const file = roots.locate(program) ?? (folder === null || program.startsWith("\x01") ? null : posix.resolve(folder, program));
  const words = argv.slice(1).map((argument) => roots.locateText(argument));
  const known = words.filter((word) => word !== null);
  return folder === null || file === null || argumentsLeftOut > 0 || known.length < words.length ? null : { cwd: folder, words: [file, ...known] };
}

const isInside = (at: string): boolean => at.startsWith("\x01W") || at.startsWith("\x01T") || at.startsWith("/dev/");

function staysInside(unit: TracedProcess, trace: Trace, { ground: { records } }: TrialsContext): boolean {
  const within = new Set([unit.image]);
  for (const process of trace.traced) {
    if (within.has(process.parent)) within.add(process.image);
    if (within.has(process.image) && !process.changes.every(({ at }) => isInside(at))) return false;
  }
  return factsOf(unit, { records })?.entry.effects.every(({ at }) => isInside(at)) ?? true;
}

const WRITABLE = 0o644;

/** Null: what it was is not known any more. */
function undo({ subject, what, green, permissions, link, names }: Suspect, { ground, content, disk }: TrialsContext): readonly FileChange[] | null {
  const at = ground.roots.locate(subject);
  if (at === null || !subject.startsWith("\x01W/")) return null;
  switch (what) {
    case "appeared": return [{ kind: "drop", at }];
    case "permissions": return permissions === null ? null : [{ kind: "mode", at, permissions }];
    case "target": {
      const target = link === null ? null : ground.roots.locateText(link);
      return target === null ? null : [{ kind: "link", at, target }];
    }
    case "names": {
      if (names === null) return null;
      const restored = names.removed.map((name) => ({ at: join(at, name), bytes: content.of(join(at, name), null) }));
      if (restored.some(({ bytes }) => bytes === null)) return null;
      return [...names.added.map((name): FileChange => ({ kind: "drop", at: join(at, name) })), ...restored.map(({ at: path, bytes }): FileChange => ({ kind: "put", at: path, content: bytes ?? Buffer.alloc(0), permissions: WRITABLE }))];
    }
    case "content": case "gone": case "type": case "unreadable": {
      const bytes = isAbsPath(at) ? content.of(at, green) : null;
      const present = disk.hashFiles([at])[0];
      // The green version is what is there now: it was put back since.
      if (bytes === null || (green !== null && present?.digest === green)) return bytes === null ? null : [];
      return [{ kind: "drop", at }, { kind: "put", at, content: bytes, permissions: permissions ?? content.permissionsOf(at) ?? WRITABLE }];
    }
    default: return null;
  }
}
