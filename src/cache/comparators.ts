// Generated from native/units.def by scripts/generate.ts; edit that. What the
// supervisor knows as well, because it does without Node where it can.

/** By the last part of their path. See COMPARATORS in programs.ts. */
export const COMPARATOR_NAMES: readonly string[] = [
  "make",
  "gmake",
  "bmake",
  "pmake",
  "remake",
  "mk",
  "ninja",
  "samu",
  "samurai",
  "n2",
  "cargo",
  "redo",
  "redo-ifchange",
  "tup",
  "scons",
  "waf",
  "jam",
  "bjam",
  "b2",
  "ant",
  "gradle",
  "mvn",
  "xmake",
  "rake",
  "latexmk",
];

export const MIN_CPU_NS = 10000000n;
