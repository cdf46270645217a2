// Runs a bundle with what V8 compiled of it in an earlier process, kept beside it:
// a twentieth of the processor time of a first run goes into compiling the same
// functions again (docs/internals/speed.md). V8 believes what it is given: of the
// source it compares the length alone, and damaged code ends the process. So both
// are compared with their digests first. It is kept in the package, whose code is
// run anyway, and never in a store, which others may write.

import { accessSync, constants, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pid } from "node:process";
import { Script } from "node:vm";
import { native, type Native } from "./native.ts";

const DIGEST_BYTES = 32;

/**
 * `bundle`: a CommonJS file in ASCII. Its code is kept beside it, once there are as many bytes of it as `bytesMin`: a
 * process that did little compiles little, which would be kept for ever.
 */
export function runCached(bundle: string, bytesMin: number): void {
  const code = bundle.replace(/\.js$/, ".code");
  const source = readFileSync(bundle);
  const addon = native();
  const known = addon.ok ? codeAt(code, source, addon.value) : null;
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${source.toString("latin1")}\n})`;
  const script = new Script(wrapped, { filename: bundle, ...(known === null ? {} : { cachedData: known }) });
  const isKnown = known !== null && script.cachedDataRejected !== true;
  if (addon.ok && !isKnown) process.once("exit", () => { keep(script, code, bytesMin, source, addon.value); });
  const module = { exports: {} };
  const main = script.runInThisContext() as (exports: object, require: NodeJS.Require, module: object, filename: string, dirname: string) => void; // The wrapper above.
  main(module.exports, createRequire(bundle), module, bundle, bundle.slice(0, bundle.lastIndexOf("/")));
}

/** Null: none, or not of this source, or not as it was written. */
function codeAt(path: string, source: Buffer, addon: Native): Buffer | null {
  let kept: Buffer;
  try {
    kept = readFileSync(path);
  } catch {
    return null;
  }
  const code = kept.subarray(2 * DIGEST_BYTES);
  const isSame = kept.subarray(0, DIGEST_BYTES).equals(addon.sha256(source)) && kept.subarray(DIGEST_BYTES, 2 * DIGEST_BYTES).equals(addon.sha256(code));
  return isSame ? code : null;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** In one step, since others may read it; where the package cannot be written there is none. */
function keep(script: Script, path: string, bytesMin: number, source: Buffer, addon: Native): void {
  if (!isWritable(path.slice(0, path.lastIndexOf("/")))) return; // Trying would be a change each time, and making the code is not cheap.
  const code = script.createCachedData();
  if (code.length < bytesMin) return;
  const staged = `${path}.${String(pid)}`;
  try {
    writeFileSync(staged, Buffer.concat([addon.sha256(source), addon.sha256(code), code]));
    renameSync(staged, path);
  } catch {
    rmSync(staged, { force: true });
  }
}
