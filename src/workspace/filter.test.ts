// --filter means what it means to pnpm and turbo.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath } from "../base/path.ts";
import { ok } from "../base/result.ts";
import { CHAIN, diskWith, workspaceOf } from "./fake-workspace.ts";
import { select } from "./filter.ts";
import { linksOf } from "./links.ts";

const ALL = ["docs", "web", "@s/a", "@s/b", "@s/c"];

function chosen(filters: readonly string[], options: { readonly from?: string; readonly changed?: readonly string[] } = {}): readonly string[] | string {
  const workspace = workspaceOf(diskWith(CHAIN));
  const changed = (options.changed ?? []).map(absPath);
  const found = select(filters, { workspace, links: linksOf(workspace), from: absPath(options.from ?? "/w"), changedSince: () => ok(changed) });
  return found.ok ? found.value : `${found.failure.code}: ${found.failure.advice ?? ""}`;
}

const CASES: readonly (readonly [filters: readonly string[], packages: readonly string[]])[] = [
  [[], ALL],
  [["web"], ["web"]],
  [["@s/*"], ["@s/a", "@s/b", "@s/c"]],
  [["b"], ["@s/b"]],
  [["@s/b..."], ["@s/a", "@s/b"]],
  [["@s/b^..."], ["@s/a"]],
  [["...@s/b"], ["web", "@s/b", "@s/c"]],
  [["...^@s/b"], ["web", "@s/c"]],
  [["...@s/b..."], ["web", "@s/a", "@s/b", "@s/c"]],
  [["./packages/*"], ["@s/a", "@s/b", "@s/c"]],
  [["./apps/**"], ["docs", "web"]],
  [["./apps/web"], ["web"]],
  [["./packages/{a,c}"], ["@s/a", "@s/c"]],
  [["*b"], ["web", "@s/b"]],
  [["b*"], ["@s/b"]],
  [["...^@s/*"], ["web", "@s/b", "@s/c"]],
  [["...^@s/b..."], ["web", "@s/a", "@s/b", "@s/c"]],
  [["//"], ["//"]],
  [["root", "web"], ["//", "web"]],
  [["{apps/web}..."], ["web", "@s/a", "@s/b", "@s/c"]],
  [["@s/*{packages/c}"], ["@s/c"]],
  [["!docs"], ["web", "@s/a", "@s/b", "@s/c"]],
  [["./packages/*", "!@s/b"], ["@s/a", "@s/c"]],
  [["!@s/b", "./packages/*"], ["@s/a", "@s/c"]],
  [["web", "docs"], ["docs", "web"]],
];

for (const [filters, packages] of CASES) {
  test(`${filters.length === 0 ? "no filter" : filters.join(" and ")}: ${packages.join(", ")}`, () => {
    assert.deepEqual(chosen(filters), packages);
  });
}

test("a folder is meant from where one stands", () => {
  assert.deepEqual(chosen(["./web"], { from: "/w/apps" }), ["web"]);
  assert.deepEqual(chosen(["."], { from: "/w/packages/a" }), ["@s/a"]);
  assert.deepEqual(chosen(["../b"], { from: "/w/packages/a" }), ["@s/b"]);
  assert.deepEqual(chosen(["../*"], { from: "/w/packages/a" }), ["@s/a", "@s/b", "@s/c"]);
  assert.deepEqual(chosen(["{web}"], { from: "/w/apps" }), ["web"]);
  assert.deepEqual(chosen(["."]), ["//"]);
});

test("a folder is not what is below it, and who means that is told how to say so", () => {
  assert.equal(chosen(["./apps/"]), "filter-matches-nothing: For the packages below that folder: --filter=\"./apps/**\"");
  assert.equal(chosen(["...{packages}"]), "filter-matches-nothing: For the packages below that folder: --filter=\"...{packages/**}\"");
});

test("those of which something that they depend on was changed", () => {
  const changed = ["/w/packages/a/src/x.ts"];
  assert.deepEqual(chosen(["@s/c...[main]"], { changed }), ["@s/c"]);
  assert.deepEqual(chosen(["{apps/*}...[main]"], { changed }), ["web"]);
  assert.deepEqual(chosen(["@s/c...[main]..."], { changed }), ["@s/a", "@s/b", "@s/c"]);
  assert.match(String(chosen(["......[main]"])), /^filter-invalid/);
});

test("of packages that have one name both are meant by it", () => {
  const workspace = workspaceOf(diskWith({ "package.json": { workspaces: ["*"] }, "a/package.json": { name: "x" }, "b/package.json": { name: "x" }, "c/package.json": { name: "y" } }));
  assert.deepEqual(select(["x"], { workspace, links: linksOf(workspace), from: absPath("/w"), changedSince: () => ok([]) }), ok(["a", "b"]));
});

test("what was changed since a commit, and what depends on it", () => {
  const changed = ["/w/packages/b/src/x.ts"];
  assert.deepEqual(chosen(["[main]"], { changed }), ["@s/b"]);
  assert.deepEqual(chosen(["...[main]"], { changed }), ["web", "@s/b", "@s/c"]);
  assert.deepEqual(chosen(["@s/a[main]"], { changed }), []);
  assert.deepEqual(chosen(["[HEAD~1...HEAD]"], { changed: [] }), []);
});

test("a file that belongs to no package may matter to each of them", () => {
  assert.deepEqual(chosen(["[main]"], { changed: ["/w/tsconfig.base.json"] }), ALL);
});

test("a name that nobody has offers the nearest ones", () => {
  assert.equal(chosen(["wbe"]), "filter-matches-nothing: Perhaps you mean \"web\"");
  assert.equal(chosen(["zzzzz"]), "filter-matches-nothing: The packages are docs, web, @s/a, @s/b, @s/c");
  assert.match(String(chosen(["a{b"])), /^filter-invalid/);
});
