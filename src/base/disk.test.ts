// What every Disk promises, told once and held against all three: the one over
// the addon, the one over Node alone, and the one in memory.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { realClock } from "./clock.ts";
import { digestOf } from "./digest.ts";
import { isSettled, namesIn, type Disk } from "./disk.ts";
import { FakeDisk } from "./fake-disk.ts";
import { native } from "./native.ts";
import { absPath, fromText, type AbsPath } from "./path.ts";
import { realDisk } from "./real-disk.ts";
import type { Result } from "./result.ts";
import { identityOf, linkCountOf, mtimeNsOf, permissionsOf, signatureOf, sizeBytesOf, typeOf, type Signature } from "./signature.ts";

const folders: string[] = [];
after(() => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });

function freshFolder(): AbsPath {
  const folder = mkdtempSync(`${tmpdir()}/fathom-disk-`);
  folders.push(folder);
  return absPath(fromText(folder));
}

function value<T, F>(result: Result<T, F>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function codeOf(result: Result<unknown, { readonly code: string }>): string {
  assert.ok(!result.ok, "expected a failure");
  return result.failure.code;
}

function signatureAt(disk: Disk, path: AbsPath): Signature {
  const [found] = disk.signatures([path]);
  assert.ok(found !== undefined && found !== null && found !== "error", `something is at ${path}`);
  return found;
}

const bytes = (text: string): Buffer => Buffer.from(text);

function contract(name: string, open: () => { disk: Disk; root: AbsPath; isExact: boolean }): void {
  const claim = (what: string, story: (disk: Disk, at: (relative: string) => AbsPath, isExact: boolean) => void): void => {
    test(`${name}: ${what}`, () => {
      const { disk, root, isExact } = open();
      story(disk, (relative) => absPath(`${root}/${relative}`), isExact);
    });
  };

  claim("a written file is read back with its permissions, whatever the umask", (disk, at) => {
    value(disk.writeFile(at("a"), bytes("one"), 0o666));
    assert.equal(value(disk.readFile(at("a"))).toString(), "one");
    assert.equal(permissionsOf(signatureAt(disk, at("a"))), 0o666);
    assert.equal(typeOf(signatureAt(disk, at("a"))), "file");
    assert.equal(sizeBytesOf(signatureAt(disk, at("a"))), 3);
  });

  claim("writing again replaces the content and keeps the file", (disk, at) => {
    value(disk.writeFile(at("a"), bytes("longer"), 0o644));
    const before = signatureAt(disk, at("a"));
    value(disk.writeFile(at("a"), bytes("b"), 0o755));
    assert.equal(value(disk.readFile(at("a"))).toString(), "b");
    assert.equal(identityOf(signatureAt(disk, at("a"))), identityOf(before));
    assert.equal(permissionsOf(signatureAt(disk, at("a"))), 0o755);
  });

  claim("a part of a file is read, as far as the file goes", (disk, at) => {
    value(disk.writeFile(at("a"), bytes("0123456789"), 0o644));
    assert.equal(value(disk.readPart(at("a"), 2, 3)).toString(), "234");
    assert.equal(value(disk.readPart(at("a"), 8, 30)).toString(), "89");
    assert.equal(value(disk.readPart(at("a"), 10, 1)).toString(), "");
    assert.equal(codeOf(disk.readPart(at("none"), 0, 1)), "enoent");
  });

  claim("appendFile adds to what is there, and makes nothing", (disk, at) => {
    assert.equal(codeOf(disk.appendFile(at("a"), bytes("one"))), "enoent");
    value(disk.createFile(at("a"), bytes("one"), 0o644));
    value(disk.appendFile(at("a"), bytes(" two")));
    assert.equal(value(disk.readFile(at("a"))).toString(), "one two");
  });

  claim("setLength cuts, and adds zeros, and makes nothing", (disk, at) => {
    assert.equal(codeOf(disk.setLength(at("a"), 2)), "enoent");
    value(disk.createFile(at("a"), bytes("one"), 0o644));
    value(disk.setLength(at("a"), 2));
    assert.equal(value(disk.readFile(at("a"))).toString(), "on");
    value(disk.setLength(at("a"), 4));
    assert.equal(value(disk.readFile(at("a"))).toString(), "on\0\0");
  });

  claim("createFile never replaces", (disk, at) => {
    value(disk.createFile(at("a"), bytes("one"), 0o644));
    assert.equal(codeOf(disk.createFile(at("a"), bytes("two"), 0o644)), "eexist");
    assert.equal(value(disk.readFile(at("a"))).toString(), "one");
  });

  claim("signatures answer null for what is not there, also below a file", (disk, at) => {
    value(disk.writeFile(at("a"), bytes(""), 0o644));
    assert.deepEqual(disk.signatures([at("none"), at("a/below"), at("no/where")]), [null, null, null]);
    assert.deepEqual(disk.signatures([]), []);
  });

  claim("each of many paths is answered in its place, whatever folder it is in", (disk, at) => {
    value(disk.ensureDirectory(at("b")));
    for (const name of ["a", "b/c", "b/d"]) value(disk.writeFile(at(name), bytes(name), 0o644));
    const names = ["a", "b/c", "b/d", "b/none", "none/e", "b"].map(at);
    const expected = new Map(names.map((path) => [path, disk.signatures([path])[0]]));
    const many = Array.from({ length: 10_000 }, (_, index) => names[Math.floor(index / 7) % names.length] ?? at("a"));
    const alternating = Array.from({ length: 10_000 }, (_, index) => names[index % names.length] ?? at("a"));
    for (const paths of [many, alternating]) assert.deepEqual(disk.signatures(paths), paths.map((path) => expected.get(path)));
  });

  claim("signatures answer \"error\" for links that lead in circles", (disk, at) => {
    value(disk.symlink("loop", at("loop")));
    assert.deepEqual(disk.signatures([at("loop/below")]), ["error"]);
    assert.equal(typeOf(signatureAt(disk, at("loop"))), "link");
  });

  claim("a link is read, not followed; a directory behind a link is found", (disk, at) => {
    value(disk.ensureDirectory(at("real/sub")));
    value(disk.writeFile(at("real/sub/f"), bytes("x"), 0o644));
    value(disk.symlink("real/sub", at("short")));
    assert.equal(disk.readLink(at("short")), "real/sub");
    assert.equal(disk.readLink(at("real")), null);
    assert.equal(disk.readLink(at("none")), null);
    assert.equal(disk.list(at("short")), null);
    assert.equal(codeOf(disk.readFile(at("short"))), "eloop");
    assert.deepEqual(disk.hashFiles([at("short")]), [null]);
    assert.equal(value(disk.readFile(at("short/f"))).toString(), "x");
  });

  claim("a name that is not UTF-8 is a name like any other", (disk, at) => {
    value(disk.writeFile(at("n\xff\xfe"), bytes("x"), 0o644));
    value(disk.symlink("t\xff", at("l\x80")));
    assert.equal(disk.readLink(at("l\x80")), "t\xff");
    const root = at("x").slice(0, -2);
    assert.equal(disk.list(absPath(root)), "\x0al\x80\0\x08n\xff\xfe\0");
  });

  claim("a directory is listed in the order of bytes, with types", (disk, at) => {
    value(disk.makeDirectory(at("d"), 0o755));
    for (const file of ["b", "B", "a.c", "a", "\xc3\xa9"]) value(disk.writeFile(at(`d/${file}`), bytes(""), 0o644));
    value(disk.makeDirectory(at("d/sub"), 0o755));
    value(disk.symlink("b", at("d/link")));
    const names = [...namesIn(disk.list(at("d")) ?? "")];
    assert.deepEqual(names.map(({ name }) => name), ["B", "a", "a.c", "b", "link", "sub", "\xc3\xa9"]);
    assert.deepEqual(names.slice(3, 6).map(({ type }) => type), ["file", "link", "directory"]);
    assert.equal(disk.list(at("none")), null);
    assert.equal(disk.list(at("d/a")), null);
  });

  claim("hashFiles names content and state, and null where no regular file is", (disk, at) => {
    value(disk.writeFile(at("a"), bytes("abc"), 0o644));
    value(disk.writeFile(at("empty"), bytes(""), 0o644));
    value(disk.makeDirectory(at("d"), 0o755));
    const large = Buffer.alloc(600_000, 7);
    value(disk.writeFile(at("large"), large, 0o644));
    const [a, empty, d, none, big] = disk.hashFiles([at("a"), at("empty"), at("d"), at("none"), at("large")]);
    assert.equal(a?.digest, digestOf(bytes("abc")));
    assert.equal(a.signature, signatureAt(disk, at("a")));
    assert.equal(empty?.digest, digestOf(bytes("")));
    assert.deepEqual([d, none], [null, null]);
    assert.equal(big?.digest, digestOf(large));
  });

  claim("a file that was just written is not settled", (disk, at) => {
    value(disk.writeFile(at("a"), bytes("abc"), 0o644));
    const [hashed] = disk.hashFiles([at("a")]);
    assert.ok(hashed);
    assert.equal(isSettled(hashed.signature, hashed.startedAtNs), false);
    assert.equal(isSettled(hashed.signature, hashed.startedAtNs + 1_000_000_000n), true);
  });

  claim("copyFile copies to a new name only and returns its state", (disk, at) => {
    value(disk.writeFile(at("a"), Buffer.alloc(300_000, 1), 0o600));
    assert.equal(value(disk.copyFile(at("a"), at("b"), 0o444)), signatureAt(disk, at("b")));
    assert.equal(permissionsOf(signatureAt(disk, at("b"))), 0o444);
    assert.deepEqual(value(disk.readFile(at("b"))), Buffer.alloc(300_000, 1));
    assert.notEqual(identityOf(signatureAt(disk, at("a"))), identityOf(signatureAt(disk, at("b"))));
    assert.equal(codeOf(disk.copyFile(at("a"), at("b"), 0o644)), "eexist");
    assert.equal(codeOf(disk.copyFile(at("none"), at("c"), 0o644)), "enoent");
    assert.equal(disk.signatures([at("c")])[0], null);
  });

  claim("rename replaces a file and keeps what was moved", (disk, at) => {
    value(disk.writeFile(at("a"), bytes("new"), 0o644));
    value(disk.writeFile(at("b"), bytes("old"), 0o644));
    const moved = identityOf(signatureAt(disk, at("a")));
    value(disk.rename(at("a"), at("b")));
    assert.equal(identityOf(signatureAt(disk, at("b"))), moved);
    assert.equal(disk.signatures([at("a")])[0], null);
    assert.equal(codeOf(disk.rename(at("none"), at("b"))), "enoent");
    assert.equal(codeOf(disk.rename(at("b"), at("no/where"))), "enoent");
  });

  claim("rename moves a directory, never onto one that holds something, never into itself", (disk, at) => {
    value(disk.ensureDirectory(at("d/sub")));
    value(disk.ensureDirectory(at("full/sub")));
    assert.equal(codeOf(disk.rename(at("d"), at("full"))), "enotempty");
    assert.equal(codeOf(disk.rename(at("d"), at("d/sub/d"))), "einval");
    value(disk.rename(at("d"), at("e")));
    assert.equal(typeOf(signatureAt(disk, at("e/sub"))), "directory");
  });

  claim("a hard link is the same file under another name, never over one", (disk, at) => {
    value(disk.writeFile(at("a"), bytes("x"), 0o644));
    const before = mtimeNsOf(signatureAt(disk, at("a")));
    value(disk.link(at("a"), at("b")));
    assert.equal(identityOf(signatureAt(disk, at("a"))), identityOf(signatureAt(disk, at("b"))));
    assert.equal(linkCountOf(signatureAt(disk, at("a"))), 2);
    assert.equal(mtimeNsOf(signatureAt(disk, at("a"))), before);
    assert.equal(codeOf(disk.link(at("a"), at("b"))), "eexist");
    value(disk.removeFile(at("a")));
    assert.equal(linkCountOf(signatureAt(disk, at("b"))), 1);
  });

  claim("directories are made with exactly these permissions and removed when empty", (disk, at) => {
    value(disk.makeDirectory(at("d"), 0o777));
    assert.equal(permissionsOf(signatureAt(disk, at("d"))), 0o777);
    assert.equal(codeOf(disk.makeDirectory(at("d"), 0o755)), "eexist");
    assert.equal(codeOf(disk.makeDirectory(at("no/where"), 0o755)), "enoent");
    value(disk.writeFile(at("d/f"), bytes(""), 0o644));
    assert.equal(codeOf(disk.removeDirectory(at("d"))), "enotempty");
    assert.equal(codeOf(disk.removeFile(at("d"))), "eisdir");
    value(disk.removeFile(at("d/f")));
    value(disk.removeDirectory(at("d")));
    assert.equal(codeOf(disk.removeFile(at("d"))), "enoent");
  });

  claim("ensureDirectory makes parents, may be repeated, refuses a file in its way", (disk, at) => {
    value(disk.ensureDirectory(at("a/b/c")));
    value(disk.ensureDirectory(at("a/b/c")));
    value(disk.symlink("a/b", at("short")));
    value(disk.ensureDirectory(at("short")));
    value(disk.writeFile(at("f"), bytes(""), 0o644));
    assert.equal(codeOf(disk.ensureDirectory(at("f"))), "eexist");
    assert.equal(codeOf(disk.ensureDirectory(at("f/below"))), "enotdir");
  });

  claim("the modification time is set to the nanosecond and a link's own is changed", (disk, at, isExact) => {
    const ns = isExact ? 1_234_567_890_123_456_789n : 1_234_567_890_500_000_000n;
    value(disk.writeFile(at("a"), bytes(""), 0o644));
    value(disk.symlink("a", at("l")));
    const target = mtimeNsOf(signatureAt(disk, at("a")));
    value(disk.setModified(at("l"), ns));
    assert.equal(mtimeNsOf(signatureAt(disk, at("l"))), ns);
    assert.equal(mtimeNsOf(signatureAt(disk, at("a"))), target);
    value(disk.setModified(at("a"), ns));
    assert.equal(mtimeNsOf(signatureAt(disk, at("a"))), ns);
    assert.equal(codeOf(disk.setModified(at("none"), ns)), "enoent");
  });

  claim("permissions are set", (disk, at) => {
    value(disk.writeFile(at("a"), bytes(""), 0o644));
    value(disk.setPermissions(at("a"), 0o4750));
    assert.equal(permissionsOf(signatureAt(disk, at("a"))), 0o4750);
  });

  claim("something is there when it is, and a link when it leads somewhere", (disk, at) => {
    value(disk.writeFile(at("f"), bytes(""), 0o644));
    value(disk.symlink("f", at("link")));
    value(disk.symlink("none", at("broken")));
    assert.deepEqual(["f", "link", "broken", "none", "none/f", "f/x"].map((name) => disk.isThere(at(name))), [true, true, false, false, false, false]);
  });

  claim("a directory is writable and local; nothing is not", (disk, at) => {
    value(disk.makeDirectory(at("d"), 0o755));
    value(disk.writeFile(at("f"), bytes(""), 0o644));
    assert.equal(disk.isWritable(at("d")), true);
    assert.equal(disk.isWritable(at("f")), false);
    assert.equal(disk.isWritable(at("none")), false);
    assert.equal(disk.isLocal(at("d")), true);
  });

  test(`${name}: a path stays below a root only when its directory does, whatever links say`, () => {
    const { disk, root } = open();
    const inner = absPath(`${root}/inner`);
    value(disk.makeDirectory(inner, 0o755));
    value(disk.makeDirectory(absPath(`${root}/other`), 0o755));
    value(disk.symlink("../other", absPath(`${inner}/out`)));
    assert.equal(disk.staysBelow(inner, absPath(`${inner}/a`)), true);
    assert.equal(disk.staysBelow(inner, absPath(`${inner}/not/there/yet`)), true);
    assert.equal(disk.staysBelow(inner, absPath(`${inner}/out/a`)), false);
    assert.equal(disk.staysBelow(inner, absPath(`${root}/other/a`)), false);
  });
}

const addon = native();
contract("over the addon", () => {
  assert.ok(addon.ok, JSON.stringify(addon));
  return { disk: realDisk(realClock, addon.value), root: freshFolder(), isExact: true };
});
contract("over Node alone", () => ({ disk: realDisk(realClock, null), root: freshFolder(), isExact: false }));
contract("in memory", () => {
  const disk = new FakeDisk();
  value(disk.ensureDirectory(absPath("/w")));
  return { disk, root: absPath("/w"), isExact: true };
});

test("all three disks describe the same tree in the same way", () => {
  const root = freshFolder();
  const [first, second] = [realDisk(realClock), realDisk(realClock, null)];
  value(first.writeFile(absPath(`${root}/a`), bytes("x"), 0o644));
  value(first.symlink("a", absPath(`${root}/l`)));
  for (const path of [root, absPath(`${root}/a`), absPath(`${root}/l`), absPath("/dev/null"), absPath("/proc/self/nothing")]) {
    assert.deepEqual(first.signatures([path]), second.signatures([path]));
  }
  assert.equal(first.list(absPath("/dev")), second.list(absPath("/dev")));
});

test("a pipe without a writer is refused, not waited for", () => {
  const root = freshFolder();
  const pipe = absPath(`${root}/pipe`);
  execFileSync("mkfifo", [pipe]);
  for (const disk of [realDisk(realClock), realDisk(realClock, null)]) {
    assert.deepEqual(disk.hashFiles([pipe]), [null]);
    assert.equal(codeOf(disk.readFile(pipe)), "einval");
    assert.equal(codeOf(disk.copyFile(pipe, absPath(`${root}/copy`), 0o644)), "einval");
  }
});

test("the disk in memory writes down what was read and refuses what it is told to", () => {
  const disk = new FakeDisk({ "/w/a": "1", "/w/b": "2" });
  value(disk.readFile(absPath("/w/a")));
  assert.deepEqual(disk.reads, ["/w/a"]);
  disk.refuse = (call) => (call === "writeFile" ? "enospc" : null);
  assert.equal(codeOf(disk.writeFile(absPath("/w/c"), bytes(""), 0o644)), "enospc");
  assert.deepEqual(disk.changes, []);
});

test("the disk in memory can change a file within one clock tick, as a real one can", () => {
  const disk = new FakeDisk({ "/w/a": "1" });
  disk.tickNs = 0n;
  disk.write("/w/a", "2");
  const before = signatureAt(disk, absPath("/w/a"));
  disk.write("/w/a", "3");
  assert.equal(signatureAt(disk, absPath("/w/a")), before);
});

test("a file whose change time is a whole second is settled two seconds later", () => {
  const signature = signatureOf({ mode: 0o100644, mtimeNs: 5_300_000_000n, ctimeNs: 5_000_000_000n });
  assert.equal(isSettled(signature, 6_500_000_000n), false);
  assert.equal(isSettled(signature, 7_500_000_000n), true);
});
