// Where the store is. The supervisor implements the same order in C (it must
// find the store before Node runs); change both, and docs/reference/store-format.md.

import { fromText, isAbsPath, toText, type AbsPath } from "../base/path.ts";
import { fail, ok, type Failure, type Result } from "../base/result.ts";

export interface StoreEnvironment {
  readonly FATHOM_STORE?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly HOME?: string | undefined;
}

/** Node gives the environment as text; the workspace is a path already. */
const bytesOf = (text: string | undefined): string | undefined => (text === undefined ? undefined : fromText(text));

/** Trailing slashes mean nothing; anything else that is unclean is refused. Null: not set, or not a path to use. */
function folder(bytes: string | undefined, below: string): AbsPath | null {
  if (bytes === undefined || bytes === "") return null;
  const path = `${bytes.replace(/\/+$/, "")}${below}`;
  return isAbsPath(path) ? path : null;
}

/** `isUsable`: the folder is there, or can be made, and files can be made in it. Asked in order, no further than needed. */
export function locateStore(
  text: StoreEnvironment, workspace: AbsPath, isUsable: (path: AbsPath) => boolean,
): Result<AbsPath, Failure> {
  const chosen = bytesOf(text.FATHOM_STORE);
  if (chosen !== undefined && chosen !== "") {
    const path = folder(chosen, "");
    if (path !== null && isUsable(path)) return ok(path);
    const found = path === null ? "it must be absolute, without \".\" or \"..\"" : "files cannot be made there";
    const advice = "Set FATHOM_STORE to a folder of your own, or unset it";
    return fail({ code: "store-unusable", message: `Cannot keep a store in "${toText(chosen)}" (FATHOM_STORE): ${found}`, advice });
  }
  const places = [
    // The XDG base directory specification: a relative XDG_CACHE_HOME is to be ignored.
    folder(bytesOf(text.XDG_CACHE_HOME), "/fathom"),
    folder(bytesOf(text.HOME), "/.cache/fathom"),
    folder(workspace, "/.fathom/store"),
  ];
  const usable = places.find((place) => place !== null && isUsable(place));
  if (usable !== undefined && usable !== null) return ok(usable);
  const advice = "Set FATHOM_STORE to a folder in which files can be made";
  return fail({ code: "store-unusable", message: `Cannot keep a store: neither the cache folder nor "${toText(workspace)}" can be written`, advice });
}
