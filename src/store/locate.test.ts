// The order in which places for the store are tried. The supervisor has the
// same cases in C.

import assert from "node:assert/strict";
import { test } from "node:test";
import { absPath, type AbsPath } from "../base/path.ts";
import { locateStore, type StoreEnvironment } from "./locate.ts";

const WORKSPACE = absPath("/w");

function located(environment: StoreEnvironment, unusable: readonly string[] = []): AbsPath | string {
  const found = locateStore(environment, WORKSPACE, (path) => !unusable.includes(path));
  return found.ok ? found.value : found.failure.code;
}

test("FATHOM_STORE comes first and is the store itself", () => {
  assert.equal(located({ FATHOM_STORE: "/s", XDG_CACHE_HOME: "/x", HOME: "/h" }), "/s");
  assert.equal(located({ FATHOM_STORE: "/s///" }), "/s");
});

test("a FATHOM_STORE that cannot be used is a failure, not another place", () => {
  assert.equal(located({ FATHOM_STORE: "/s", HOME: "/h" }, ["/s"]), "store-unusable");
  assert.equal(located({ FATHOM_STORE: "s", HOME: "/h" }), "store-unusable");
  assert.equal(located({ FATHOM_STORE: "/a/../s", HOME: "/h" }), "store-unusable");
});

test("then the cache folder of the user", () => {
  assert.equal(located({ XDG_CACHE_HOME: "/x/", HOME: "/h" }), "/x/fathom");
  assert.equal(located({ HOME: "/h" }), "/h/.cache/fathom");
  assert.equal(located({ FATHOM_STORE: "", XDG_CACHE_HOME: "", HOME: "/" }), "/.cache/fathom");
});

test("a relative XDG_CACHE_HOME is ignored, as its specification wants", () => {
  assert.equal(located({ XDG_CACHE_HOME: "x", HOME: "/h" }), "/h/.cache/fathom");
});

test("then the workspace, where the cache folder cannot be written or is not known", () => {
  assert.equal(located({ HOME: "/h" }, ["/h/.cache/fathom"]), "/w/.fathom/store");
  assert.equal(located({}), "/w/.fathom/store");
  assert.equal(located({ XDG_CACHE_HOME: "/x", HOME: "/h" }, ["/x/fathom"]), "/h/.cache/fathom");
  assert.equal(located({ XDG_CACHE_HOME: "/x", HOME: "/h" }, ["/x/fathom", "/h/.cache/fathom"]), "/w/.fathom/store");
  assert.equal(located({}, ["/w/.fathom/store"]), "store-unusable");
});

test("names that are not ASCII become bytes", () => {
  assert.equal(located({ HOME: "/h\u00e9" }), "/h\xc3\xa9/.cache/fathom");
});
