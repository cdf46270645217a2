// The claims of places.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { packageRoot, storeFolder } from "./places.ts";

test("the package is found from the bundle and from the compiled sources", () => {
  assert.equal(packageRoot("/p/fathom/dist/bundle"), "/p/fathom");
  assert.equal(packageRoot("/p/fathom/dist/build/src/cli"), "/p/fathom");
});

test("the store is where FATHOM_STORE says, else in the user's cache, else in the workspace", () => {
  assert.equal(storeFolder({ FATHOM_STORE: "/s", XDG_CACHE_HOME: "/c", HOME: "/h" }, "/w"), "/s");
  assert.equal(storeFolder({ XDG_CACHE_HOME: "/c", HOME: "/h" }, "/w"), "/c/fathom");
  assert.equal(storeFolder({ HOME: "/h" }, "/w"), "/h/.cache/fathom");
  assert.equal(storeFolder({}, "/w"), "/w/.fathom/store");
});

test("a cache directory that is not absolute is ignored, as the XDG specification asks", () => {
  assert.equal(storeFolder({ XDG_CACHE_HOME: "c", HOME: "/h" }, "/w"), "/h/.cache/fathom");
});
