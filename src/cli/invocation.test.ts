// The claims of invocation.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { invocationArgs, parseInvocation } from "./invocation.ts";

test("everything after -- is the command, options of ours included", () => {
  assert.deepEqual(parseInvocation(["--", "make", "--quiet"])?.command, ["make", "--quiet"]);
  assert.equal(parseInvocation(["--", "make", "--quiet"])?.isQuiet, false);
});

test("exec needs no --", () => {
  assert.deepEqual(parseInvocation(["exec", "--quiet", "make", "-j2"])?.command, ["make", "-j2"]);
  assert.deepEqual(parseInvocation(["exec", "make", "--", "x"])?.command, ["make", "--", "x"]);
});

test("without exec and without -- it is not a command to run", () => {
  assert.equal(parseInvocation(["make", "-j2"]), null);
  assert.equal(parseInvocation(["--quiet", "make"]), null);
});

test("an unknown option, or no command at all, is left to the option parser", () => {
  assert.equal(parseInvocation(["--quite", "--", "make"]), null);
  assert.equal(parseInvocation(["exec", "-q", "make"]), null);
  assert.equal(parseInvocation(["--"]), null);
  assert.equal(parseInvocation(["exec"]), null);
  assert.equal(parseInvocation([]), null);
});

test("an invocation survives being handed to the supervisor", () => {
  for (const last of [["--no-cache", "--force"], ["--verify"], ["--verify=5%"], ["--verify=100%:4294967295"]]) {
    const args = ["--quiet", "--json", ...last, "--", "make", "-j2"];
    const invocation = parseInvocation(args);
    assert.ok(invocation !== null);
    assert.deepEqual(invocationArgs(invocation), args);
  }
});

test("a sample that is none, or where nothing can be verified, is left to the option parser", () => {
  for (const word of ["--verify=", "--verify=5", "--verify=101%", "--verify=-1%", "--verify=5%:", "--verify=5%:x", "--verify=5%:4294967296", "--verify5%"]) {
    assert.equal(parseInvocation([word, "--", "make"]), null, word);
  }
  assert.equal(parseInvocation(["--verify", "--force", "--", "make"]), null);
  assert.equal(parseInvocation(["--no-cache", "--verify", "--", "make"]), null);
});
