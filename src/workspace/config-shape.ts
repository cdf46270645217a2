// What fathom.json and fathom.config.ts may say: the types that are published with
// the package. schema/fathom.json says the same to editors, and config-reader.ts
// checks it; test/schema.test.ts holds them together.

export interface TaskConfig {
  /** What comes first: "^build" of what its package depends on, "build" of its own package, "web#build" of that one, "//#build" of the root. */
  readonly dependsOn?: readonly string[];
  /** Variables that it gets with --env-mode=strict, beside the usual ones; "NEXT_*" for several, "!NAME" for all but it. */
  readonly env?: readonly string[];
  /** It does not end by itself: a server. Nothing waits for it, and it is not replayed. */
  readonly persistent?: boolean;
  /** A person types to it, in the view of tasks. It is not replayed. */
  readonly interactive?: boolean;
  /** With --watch: it is started again when what it waits for has run, or a file of its package has changed. Only of persistent ones. */
  readonly interruptible?: boolean;
  /** Of what it writes, only this is put back by a replay: patterns below its package's folder, "!" for what is not. Without: all of it. */
  readonly outputs?: readonly string[];
  /** What of its output is shown, where --output-logs is not given. */
  readonly outputLogs?: "full" | "hash-only" | "new-only" | "errors-only" | "none";
  /** false: it runs each time. */
  readonly cache?: boolean;
}

/** fathom.json of a package: its own tasks. */
export interface PackageConfig {
  readonly $schema?: string;
  /** By the name of the script. */
  readonly tasks?: Readonly<Record<string, TaskConfig>>;
}

/** fathom.json or fathom.config.ts of the workspace's root; also tasks of one package, by "web#build". */
export interface Config extends PackageConfig {
  /** How many tasks at a time: a number, or a percentage of the processors such as "50%". */
  readonly concurrency?: number | string;
  /** "strict": tasks get only the variables that are named. */
  readonly envMode?: "loose" | "strict";
  /** Variables that every task gets with envMode "strict". */
  readonly env?: readonly string[];
}
