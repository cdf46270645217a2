// Programs without a C library: no start-up that announces them, code where the
// linker put it, system calls of another architecture.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { sameAsBare, scratch } from "./rig.ts";

/** Takes long enough to be worth an entry, then writes and exits: its first observed call is the write. */
const writer = (start: string): string => `
  .globl _start
  .data
text: .ascii "hello\\n"
  .text
_start: jmp begin
  ${start}
begin:
  mov $200000000, %rcx
1: dec %rcx
  jnz 1b
  mov $1, %eax
  mov $1, %edi
  lea text(%rip), %rsi
  mov $6, %edx
  syscall
  mov $231, %eax
  xor %edi, %edi
  syscall
`;

function assembled(name: string, source: string, flags: readonly string[] = []): string {
  const out = join(scratch, name);
  const made = spawnSync("gcc", ["-nostdlib", "-static", ...flags, "-x", "assembler", "-", "-o", out], { input: source, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  return out;
}

test("a program whose first call is a write is replayed, and writes once", () => {
  const { bare, again } = sameAsBare([assembled("writer", writer(""))]);
  assert.equal(bare.stdout, "hello\n");
  assert.equal(again.replayed, 1, JSON.stringify(again));
});

test("a program that makes its first call at the end of its memory runs, because no code fits behind it", () => {
  const { bare } = sameAsBare([assembled("page-end", writer(".org 0xfc0"))]);
  assert.equal(bare.stdout, "hello\n");
});

/** 64-bit code that calls the kernel through the 32-bit gate: __NR_creat is 8 there. */
test("system calls of another architecture work and are a doubt", () => {
  const source = `
  .globl _start
  .data
name: .asciz "made"
  .text
_start:
  mov $200000000, %rcx
1: dec %rcx
  jnz 1b
  mov $8, %eax
  mov $name, %ebx
  mov $0600, %ecx
  int $0x80
  mov $1, %eax
  xor %ebx, %ebx
  int $0x80
`;
  const { bare, again } = sameAsBare([assembled("i386-calls", source, ["-no-pie"])]);
  assert.deepEqual(Object.keys(bare.files), ["made"]);
  assert.deepEqual([again.replayed, again.reason?.code], [0, "foreign-abi"]);
});

test("a 32-bit program without a C library runs", () => {
  const source = `
  .globl _start
  .data
text: .ascii "hello\\n"
  .text
_start:
  mov $4, %eax
  mov $1, %ebx
  mov $text, %ecx
  mov $6, %edx
  int $0x80
  mov $1, %eax
  mov $3, %ebx
  int $0x80
`;
  const { bare } = sameAsBare([assembled("i386", source, ["-m32"])]);
  assert.deepEqual([bare.stdout, bare.code], ["hello\n", 3]);
});
