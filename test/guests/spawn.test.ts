// Every way to start a program, dynamic and static: native/test/spawn.c.

import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { program, sameAsBare, scratch, type Linking } from "./rig.ts";

const linkings: readonly Linking[] = ["dynamic", "static"];
const ways = [
  "vfork", "vfork-failing", "file-actions", "clone3", "clone-vm", "execveat", "fexecve", "memfd", "empty-name", "large-environment", "empty-environment", "thread",
];

for (const linking of linkings) {
  for (const way of ways) {
    test(`a ${linking} program that starts another by ${way} behaves as without Fathom`, () => {
      const spawn = program("spawn", linking === "static" ? ["-static"] : []);
      const { bare } = sameAsBare([spawn, way]);
      assert.match(bare.stdout, /code \d+\n$/, bare.stderr);
    });
  }
}

test("scripts start by every form of #!", () => {
  const write = (name: string, text: string, mode = 0o755): string => {
    const path = join(scratch, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const plain = write("plain", "#!/bin/sh\necho plain $0 $1\n");
  const all = [
    plain,
    write("option", "#! /bin/sh -e\nfalse\necho not reached\n"),
    write("env", "#!/usr/bin/env sh\necho env\n"),
    write("none", "echo no first line\n"),
    write("missing", "#!/nowhere/interpreter\n"),
    write("not-executable", "#!/bin/sh\n", 0o644),
    write("nested", `#!${plain}\n`),
    write("empty", ""),
  ];
  for (const script of all) {
    sameAsBare(["sh", "-c", '"$0" an-argument; echo $?', script], { mask: (text) => text.replaceAll(/^sh: .*\//gm, "sh: ") });
  }
});

test("PATH with empty elements is searched as the shell does", () => {
  const text = "printf '#!/bin/sh\\necho here\\n' > mine; chmod +x mine; PATH=:/bin:/usr/bin; mine; PATH=/bin:; mine; env mine; nowhere; echo $?";
  sameAsBare(["sh", "-c", text]);
});
