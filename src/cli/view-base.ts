// Who may still have what the workspace was when a view began: the commits that can
// be undone, and the store. (What git has, src/view/base.ts asks for itself.)

import { realClock } from "../base/clock.ts";
import { ok, type Failure, type Result } from "../base/result.ts";
import { lmdbDatabase } from "../store/lmdb.ts";
import { openStore } from "../store/open.ts";
import { captureBase, hasBase, restoreBase } from "../view/base.ts";
import { layHidden } from "../view/hide.ts";
import type { BaseContext, Keepers } from "../view/layer.ts";
import type { View } from "../view/view.ts";
import type { Views } from "./views.ts";

async function withKeepers<T>(views: Views, act: (context: BaseContext) => T | Promise<T>): Promise<Result<T, Failure>> {
  const { disk, history } = views;
  const { root } = views.store;
  const opened = openStore({ root, disk, clock: realClock, openDatabase: lmdbDatabase(disk, root) });
  if (!opened.ok) return opened;
  const store = opened.value;
  const keepers: Keepers = {
    knownBelow: (root) => store.index.below(root),
    stored: (digest) => {
      const found = store.hasBlob(digest) ? store.checkedBlob(digest) : null;
      return found?.ok === true ? found.value : null;
    },
    replaced: (path, signature) => history.replaced(path, signature),
  };
  const result = await act({ disk, native: views.native, keepers });
  await store.index.close();
  return ok(result);
}

/** The view stands on what the workspace is now, if it does not yet stand on what that was. Nobody is in it. */
export async function ensureBase(views: Views, view: View): Promise<Result<void, Failure>> {
  if (!view.isPinned || hasBase(view, views.disk)) return ok(undefined);
  const captured = await withKeepers(views, (context) => captureBase(view, context));
  return captured.ok ? captured.value : captured;
}

/** What is hidden is not there for the next command. Nobody is in the view. */
async function hide(views: Views, view: View): Promise<Result<void, Failure>> {
  const { hiddenBy } = await import("../workspace/hide-patterns.ts");
  return layHidden(view, { disk: views.disk, native: views.native, isHidden: hiddenBy(view.hides) });
}

/** The view begins: what it stands on is known, and what is hidden is. */
export async function beginBase(views: Views, view: View): Promise<Result<void, Failure>> {
  const begun = await ensureBase(views, view);
  return !begun.ok || view.hides.length === 0 ? begun : hide(views, view);
}

/** What the view stands on is there: what the workspace was, if it is pinned, without what is hidden. */
export async function layBase(views: Views, view: View): Promise<Result<void, Failure>> {
  const restored = await restoredBase(views, view);
  if (!restored.ok || view.hides.length === 0) return restored.ok ? ok(undefined) : restored;
  return hide(views, view);
}

/** Whatever has changed in the workspace since, the view shows as it was. Names that changed since this was done last. */
export async function restoredBase(views: Views, view: View): Promise<Result<readonly string[], Failure>> {
  if (!view.isPinned) return ok([]);
  const begun = await ensureBase(views, view);
  if (!begun.ok) return begun;
  const restored = await withKeepers(views, (context) => restoreBase(view, context));
  return restored.ok ? restored.value : restored;
}
