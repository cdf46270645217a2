// The claims of places.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { packageRoot } from "./places.ts";

test("the package is found from the bundle and from the compiled sources", () => {
  assert.equal(packageRoot("/p/fathom/dist/bundle"), "/p/fathom");
  assert.equal(packageRoot("/p/fathom/dist/build/src/cli"), "/p/fathom");
});
