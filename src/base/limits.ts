// Every limit of the TypeScript side, each with its reason. At a limit we
// refuse to cache and say so; nothing is dropped in silence. Limits of the
// native side are in native/ledger.h.

/** Longest path in bytes, the final NUL not counted. Source: Linux PATH_MAX (4096) counts the NUL; see path_resolution(7). */
export const PATH_BYTES_MAX = 4095;

/** One record of the store; it is read into memory whole. A unit of 100,000 facts with long paths takes 30 MB. */
export const RECORD_BYTES_MAX = 256 * 1024 * 1024;

/** One blob that is read into memory whole. Larger ones are cloned from their path. Source: Node's fs.readFile takes 2 GiB. */
export const BLOB_IN_MEMORY_BYTES_MAX = 2 ** 31 - 1;

/**
 * A file whose times are younger than this when its reading began may change once more without its times changing:
 * file times come from a clock that moves on with the timer tick. Source: the slowest tick Linux has is 10 ms
 * (CONFIG_HZ=100); twice that, so that no rounding matters.
 */
export const CLOCK_TICK_NS_MAX = 20_000_000n;

/**
 * The same where the file system keeps whole seconds: ext4 with inodes of 128 bytes, sshfs; FAT keeps every second one.
 * Source: ext4(5), "Inode Timestamps" of the kernel's ext4 documentation; the FAT specification, 6.
 */
export const COARSE_TICK_NS_MAX = 2_020_000_000n;

/** Bytes of blobs checked by reading before the index is worth loading. Source: measured, 30 ms to load; 1.4 GB/s to hash. */
export const CHECKED_WITHOUT_INDEX_BYTES_MAX = 16 * 1024 * 1024;

/** Content whose digests are not worth opening the index for at the end of a run: hashing so much again takes less than the 30 ms that takes. */
export const INDEX_WORTH_BYTES = 8 * 1024 * 1024;

/** Signatures waiting to be written to the index; at 200 bytes each, 10 MB. Then they are written at once. */
export const INDEX_PENDING_MAX = 50_000;

/** Longest path that is itself a key of the index; longer ones go by their digest. Source: lmdb's longest key is 1978 bytes. */
export const INDEX_KEY_BYTES_MAX = 1900;

/** Times a publication starts again because somebody cleared the store meanwhile. Once is rare; three times is another problem. */
export const PUBLISH_ATTEMPTS_MAX = 3;

/** Names tried for a new file in a staging folder: each is taken only by a killed process with our process id. */
export const STAGING_NAMES_MAX = 10_000;

/** Links followed in one path before the kernel says ELOOP. Source: MAXSYMLINKS in include/linux/namei.h. */
export const LINK_HOPS_MAX = 40;

/** Interpreters of interpreters that the kernel follows. Source: bprm depth in fs/exec.c, which stops at 5 images. */
export const INTERPRETERS_MAX = 4;

/** Output one unit may send to its streams and still be stored: beyond it, keeping the bytes costs more than running again. */
export const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Records one image may write. Beyond it the image counts as unobserved; the memory of the reader stays bounded. */
export const LEDGER_RECORDS_MAX = 4_000_000;

/** Blobs hashed in one native call, so that progress can be shown in between. */
export const HASHED_AT_ONCE_MAX = 256;

/** Half-made and damaged things younger than this may still be somebody's: no publication takes an hour, and a day is time to look. */
export const STAGING_AGE_NS_MAX = 24n * 3_600_000_000_000n;

/** What was published more recently than this is not collected: what refers to it may be about to be published. */
export const COLLECTED_AGE_NS_MIN = 3_600_000_000_000n;

/** How exactly last use is known: marking it at every use would write at every use. */
export const USE_GRAIN_NS = 24n * 3_600_000_000_000n;
