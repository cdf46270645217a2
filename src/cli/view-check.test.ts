// The claims of view-check.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { viewCheck } from "./view-check.ts";

const probes = (root: boolean, user: boolean, overlay: boolean): Parameters<typeof viewCheck>[0] => [
  { name: "mounts-as-root", works: root, detail: root ? "" : "Operation not permitted" },
  { name: "mounts-as-user", works: user, detail: user ? "" : "Operation not permitted" },
  { name: "workspace-copy", works: overlay, detail: "" },
];
const FREE = { apparmorRestricts: "0", unprivilegedClone: "1", userNamespacesMax: "15000" };

test("root mounts views itself, anybody else in a namespace of users", () => {
  assert.match(viewCheck(probes(true, true, true), FREE)?.text ?? "", /tier 0/);
  assert.match(viewCheck(probes(false, true, true), FREE)?.text ?? "", /tier 1/);
});

test("what would allow views is said, by the setting that forbids them", () => {
  const cost = (switches: Partial<typeof FREE>): string => viewCheck(probes(false, false, false), { ...FREE, ...switches })?.cost ?? "";
  assert.match(cost({ apparmorRestricts: "1" }), /apparmor_restrict_unprivileged_userns=0/);
  assert.match(cost({ unprivilegedClone: "0" }), /unprivileged_userns_clone=1/);
  assert.match(cost({ userNamespacesMax: "0" }), /max_user_namespaces/);
  assert.match(cost({}), /--cap-add SYS_ADMIN/);
});

test("where nothing can be mounted, calls are led into views, and what would allow mounting is said", () => {
  const led = [...probes(false, false, false), { name: "calls-led", works: true, detail: "" }, { name: "seccomp-notification", works: true, detail: "" }];
  const check = viewCheck(led, { ...FREE, apparmorRestricts: "1" });
  assert.match(check?.text ?? "", /tier 2.*apparmor_restrict_unprivileged_userns=0/);
  assert.equal(check?.works, true);
  assert.equal(viewCheck(led.map((probe) => (probe.name === "seccomp-notification" ? { ...probe, works: false } : probe)), FREE)?.works, false);
});

test("a namespace without an overlay in it makes no views", () => {
  assert.equal(viewCheck(probes(true, true, false), FREE)?.works, false);
});

test("a supervisor that does not tell is not guessed at", () => {
  assert.equal(viewCheck([], FREE), null);
});
