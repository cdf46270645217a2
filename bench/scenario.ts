// A scenario is data: where the sources come from, how they are built, cleaned
// and edited. run.ts does the rest, the same for all.

/** Where the pristine tree comes from. Nothing fetched is ever kept in the repository. */
export type Source =
  /** A Debian source package. `orig`: the upstream tar as it is, without Debian's patches. */
  | { readonly kind: "debian"; readonly name: string; readonly version: string; readonly take: "orig" | "patched" }
  /** An npm package as published, with its dependencies and `tools` installed but none of their scripts run. */
  | { readonly kind: "npm"; readonly name: string; readonly version: string; readonly tools: readonly string[] }
  /** A folder of a package that `npm ci` installed here: no download. */
  | { readonly kind: "installed"; readonly folder: string }
  /** Fathom's own files under version control, with its node_modules linked: no download. */
  | { readonly kind: "own" }
  /** A folder that a command makes: "$1" is where. */
  | { readonly kind: "made"; readonly by: string };

export interface Scenario {
  readonly name: string;
  readonly source: Source;
  /** Debian packages that the build needs, beyond gcc, make and Node. */
  readonly packages: readonly string[];
  /** Shell, run once in the pristine tree, not measured. */
  readonly prepare: string;
  readonly build: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Shell, run before the rebuild. */
  readonly clean: string;
  /** The text appended to one file before the rebuild after an edit. */
  readonly edit: { readonly file: string; readonly text: string };
  /** Names in the tree that are not compared: the build tool's own logs and caches with times in them. */
  readonly ignored: RegExp | null;
}

export const needsDownload = (scenario: Scenario): boolean => scenario.source.kind !== "installed" && scenario.source.kind !== "own";
