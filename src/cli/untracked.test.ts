// The claims of untracked.ts and of the decision that leads to it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { untrackedReason } from "./commands/exec.ts";
import { untrackedSentence } from "./untracked.ts";

const LINUX = { platform: "linux", arch: "x64", hasNative: true };

test("the reason why nothing is cached is one sentence with its code", () => {
  assert.equal(untrackedSentence("unsupported-platform"), "fathom: nothing is cached in this run: Fathom observes commands on Linux x86-64 only (unsupported-platform)");
});

test("a reason that this version does not know is still said", () => {
  assert.equal(untrackedSentence("moon-phase"), 'fathom: nothing is cached in this run: the reason given is "moon-phase" (moon-phase)');
});

test("a reason from outside comes first, then the platform, then the native part", () => {
  assert.equal(untrackedReason({ FATHOM_UNTRACKED: "measured" }, LINUX), "measured");
  assert.equal(untrackedReason({}, { ...LINUX, arch: "arm64" }), "unsupported-platform");
  assert.equal(untrackedReason({}, { ...LINUX, platform: "darwin" }), "unsupported-platform");
  assert.equal(untrackedReason({}, { ...LINUX, hasNative: false }), "native-part-missing");
  assert.equal(untrackedReason({ FATHOM_UNTRACKED: "" }, LINUX), null);
});
