// Every limit, with its reason. At a limit Fathom refuses to cache and says so;
// nothing is dropped in silence.

/** Longest path the tap records, in bytes without the final NUL. Source: Linux PATH_MAX (4096) counts the NUL; path_resolution(7). */
export const PATH_BYTES_MAX = 4095;

/** Links followed in one path before the kernel says ELOOP. Source: MAXSYMLINKS in include/linux/namei.h. */
export const LINK_HOPS_MAX = 40;

/** Interpreters of interpreters that the kernel follows. Source: bprm depth in fs/exec.c, which stops at 5 images. */
export const INTERPRETERS_MAX = 4;

/** Output one unit may send to its streams and still be stored: beyond it, keeping the bytes costs more than running again. */
export const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Records one image may write. Beyond it the image counts as unobserved; the memory of the reader stays bounded. */
export const LEDGER_RECORDS_MAX = 4_000_000;
