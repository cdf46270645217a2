// The store of this user, as the commands open it.

import { realClock } from "../base/clock.ts";
import { absPath, fromText, type AbsPath } from "../base/path.ts";
import { realDisk } from "../base/real-disk.ts";
import type { Failure, Result } from "../base/result.ts";
import { locateStore } from "../store/locate.ts";
import { isUsable, openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import type { Environment } from "./render.ts";

export function userStoreFolder(env: Environment): Result<AbsPath, Failure> {
  const places = { FATHOM_STORE: env["FATHOM_STORE"], XDG_CACHE_HOME: env["XDG_CACHE_HOME"], HOME: env["HOME"] };
  return locateStore(places, absPath(fromText(process.cwd())), isUsable(realDisk(realClock)));
}

/** Without the index: counting and clearing need no signatures. */
export function openUserStore(env: Environment): Result<Store, Failure> {
  const root = userStoreFolder(env);
  return root.ok ? openStore({ root: root.value, disk: realDisk(realClock), clock: realClock }) : root;
}
