// The claims of untracked.ts and of the decision that leads to it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { untrackedReason } from "./commands/exec.ts";
import { untrackedSentence } from "./untracked.ts";

const LINUX = { platform: "linux", arch: "x64", hasNative: true };

test("the reason why nothing is cached is one sentence with its code", () => {
  assert.equal(untrackedSentence("seccomp-refused"), "fathom: nothing is cached in this run: the kernel refused the filter that observes system calls (seccomp-refused)");
});

test("a reason that this version does not know is still said", () => {
  assert.equal(untrackedSentence("moon-phase"), 'fathom: nothing is cached in this run: the reason given is "moon-phase" (moon-phase)');
});

test("the supervisor's reason comes first, then the platform, then the native part", () => {
  assert.equal(untrackedReason({ FATHOM_UNTRACKED: "seccomp-refused" }, LINUX), "seccomp-refused");
  assert.equal(untrackedReason({}, { ...LINUX, arch: "arm64" }), "unsupported-platform");
  assert.equal(untrackedReason({}, { ...LINUX, platform: "darwin" }), "unsupported-platform");
  assert.equal(untrackedReason({}, { ...LINUX, hasNative: false }), "native-part-missing");
  assert.equal(untrackedReason({ FATHOM_UNTRACKED: "" }, LINUX), null);
});
