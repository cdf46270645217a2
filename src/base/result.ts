// Expected failure is a value. Whatever a user, a disk or a network can cause
// travels as a Result; a bug throws (see assert.ts).

export type Result<T, F> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: F };

/** A failure a user may see: what was being done, to what, what was found; then one line of advice. */
export interface Failure {
  /** Stable, kebab-case, listed in docs/reference/failures.md. */
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
}

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const fail = <F>(failure: F): { readonly ok: false; readonly failure: F } => ({ ok: false, failure });
