// The content that a file had in an earlier run: what the store keeps of outputs, and what
// git keeps of sources. Nothing is taken for it that has another digest, where that is known.

import { spawnSync } from "node:child_process";
import { digestOf, type Digest } from "../base/digest.ts";
import { isWithin, toText, type AbsPath } from "../base/path.ts";
import type { Store } from "../store/store.ts";

/** Versions of one file that are looked at, newest first. */
const VERSIONS_MAX = 50;
const CONTENT_BYTES_MAX = 64 * 1024 * 1024;

export class GreenContent {
  readonly #workspace: AbsPath;
  readonly #store: Pick<Store, "hasBlob" | "getBlob"> | null;
  /** Seconds since 1970: what git had then is taken where no digest is known. */
  readonly #greenEndS: number;

  constructor(workspace: AbsPath, store: Pick<Store, "hasBlob" | "getBlob"> | null, greenEndS: number) {
    this.#workspace = workspace;
    this.#store = store;
    this.#greenEndS = greenEndS;
  }

  of(path: AbsPath, digest: Digest | null): Buffer | null {
    if (digest === null) return this.#atCommit(path, this.#commits(path, [`--before=@${String(this.#greenEndS)}`], 1)[0] ?? this.#commits(path, [], VERSIONS_MAX).at(-1));
    const blob = this.#store?.hasBlob(digest) === true ? this.#store.getBlob(digest) : null;
    if (blob?.ok === true) return blob.value;
    for (const commit of this.#commits(path, [], VERSIONS_MAX)) {
      const content = this.#atCommit(path, commit);
      if (content !== null && digestOf(content) === digest) return content;
    }
    return null;
  }

  isTracked(path: AbsPath): boolean {
    return this.#git(["ls-files", "--error-unmatch", "--", toText(path)]) !== null;
  }

  /** As git has them: whether it may be executed is all that it keeps. Null: it is not in git. */
  permissionsOf(path: AbsPath): number | null {
    const mode = /^100(\d{3}) /.exec(this.#git(["ls-files", "--stage", "--", toText(path)])?.toString("latin1") ?? "")?.[1];
    return mode === undefined ? null : Number.parseInt(mode, 8);
  }

  #commits(path: AbsPath, more: readonly string[], most: number): readonly string[] {
    const found = this.#git(["log", "--format=%H", `--max-count=${String(most)}`, ...more, "--", toText(path)]);
    return found === null ? [] : found.toString("latin1").split("\n").filter((line) => /^[0-9a-f]{40,64}$/.test(line));
  }

  #atCommit(path: AbsPath, commit: string | undefined): Buffer | null {
    if (commit === undefined || !isWithin(path, this.#workspace)) return null;
    return this.#git(["show", `${commit}:./${toText(path.slice(this.#workspace.length + 1))}`]);
  }

  #git(args: readonly string[]): Buffer | null {
    const ran = spawnSync("git", ["-C", toText(this.#workspace), ...args], { maxBuffer: CONTENT_BYTES_MAX, stdio: ["ignore", "pipe", "ignore"] });
    return ran.error === undefined && ran.status === 0 ? ran.stdout : null;
  }
}
