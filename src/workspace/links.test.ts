// A dependency is on a member where the package manager would link it there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diskWith, workspaceOf } from "./fake-workspace.ts";
import { linksOf } from "./links.ts";

const A = { name: "@s/a", version: "1.2.3" };

function linked(spec: string, member: object = A, name = "@s/a"): readonly string[] {
  const files = { "package.json": { workspaces: ["packages/*"] }, "packages/a/package.json": member, "packages/b/package.json": { name: "b", dependencies: { [name]: spec } } };
  return linksOf(workspaceOf(diskWith(files))).get("b") ?? [];
}

for (const spec of ["workspace:*", "workspace:^", "workspace:~", "workspace:^1.0.0", "workspace:../a", "*", "", "^1.0.0", "1.2.3", ">=1 <2", "latest", "file:../a", "link:../a", "portal:../a", "link:./../a/", "../a", "npm:@s/a@^1"]) {
  test(`"${spec}" is the member`, () => {
    assert.deepEqual(linked(spec), ["@s/a"]);
  });
}

for (const spec of ["^2.0.0", "1.2.2", "file:../c", "https://example.com/a.tgz", "github:s/a", "npm:other@^1", "npm:@s/a@^2"]) {
  test(`"${spec}" is not the member`, () => {
    assert.deepEqual(linked(spec), []);
  });
}

test("an alias is the package that it stands for", () => {
  assert.deepEqual(linked("npm:@s/a@^1.0.0", A, "short"), ["@s/a"]);
  assert.deepEqual(linked("workspace:@s/a@*", A, "short"), ["@s/a"]);
});

test("a member without a version satisfies no range but any", () => {
  assert.deepEqual(linked("^1.0.0", { name: "@s/a" }), []);
  assert.deepEqual(linked("*", { name: "@s/a" }), ["@s/a"]);
});

test("a version before a release satisfies a range around it", () => {
  assert.deepEqual(linked("^1.0.0", { name: "@s/a", version: "1.1.0-next.3" }), ["@s/a"]);
});

test("every kind of dependency counts, and oneself never", () => {
  const files = {
    "package.json": { workspaces: ["*"] }, "a/package.json": { name: "a" }, "b/package.json": { name: "b" }, "c/package.json": { name: "c" },
    "d/package.json": { name: "d", devDependencies: { a: "*", d: "*" }, optionalDependencies: { b: "*" }, peerDependencies: { c: "*" } },
  };
  assert.deepEqual(linksOf(workspaceOf(diskWith(files))).get("d"), ["a", "b", "c"]);
});
