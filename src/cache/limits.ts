// Every limit of the formats in this folder, with its reason. At a limit we
// refuse to store, and say so; on reading, what is beyond it is damage.

/** Facts of one entry. 111 packages with everything they read were measured at 10,000; a hundred times that is not a build step. */
export const SUBJECTS_MAX = 1_000_000;
/** Paths one entry may change: `npm install` of a large workspace writes 300,000 files. */
export const EFFECTS_MAX = 1_000_000;
/** Directories that existed before and were moved: each is a rename at replay, undone on failure. */
export const MOVES_MAX = 1_000;
/** Longest token or name in a record. Source: Linux PATH_MAX is 4096 with its NUL; a root's token is never longer than the root. */
export const NAME_BYTES_MAX = 4_096;
/** Longest state of a fact: a link's target with its kind and room for tokens. */
export const STATE_BYTES_MAX = 8_192;
/** All states of one entry: a digest for each of SUBJECTS_MAX facts, with room for link targets. */
export const STATES_BYTES_MAX = 64 * SUBJECTS_MAX;
/** Bytes sent to stdout and stderr that an entry keeps. More is a data stream, and replaying it would not be faster. */
export const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** Outputs above this size are not scanned for root paths but taken to hold one: reading them again costs more than sharing gives. */
export const SCAN_BYTES_MAX = 256 * 1024 * 1024;
/** All subjects of one path set: a path of a hundred bytes for each of SUBJECTS_MAX. */
export const SET_BYTES_MAX = 100 * SUBJECTS_MAX;
/** Path sets kept for one weak key. A command whose facts come in more shapes than this is not looking at a fixed set of files. */
export const SETS_MAX = 16;
/** Entries remembered for one path set, for messages and for choosing the nearest; older ones stay reachable by their strong key. */
export const ENTRIES_PER_SET_MAX = 8;
/** More make the key larger than it is worth: only units whose other parts take long rely on that many. */
export const MARKED_SUBJECTS_MAX = 4_096;
/** Confirmed sets in one witness: the tree with its outputs in place, and without. */
export const WITNESS_SETS_MAX = 2;
/**
 * Bytes hashed in one run before the signature index is opened. Opening it was
 * measured at 30 ms; SHA-256 does 8 MiB in less (350 MB/s without hardware help).
 */
export const HASH_BEFORE_INDEX_BYTES = 8 * 1024 * 1024;
/** A root shorter than this ("/tmp") is found in output by chance, or is the same everywhere. Never applied to the workspace. */
export const SCANNED_ROOT_BYTES_MIN = 5;
/** What a witness knows of what was left here. Beyond it nothing is taken away: it is read at each question. */
export const EFFECTS_LEFT_MAX = 1_024;
/** Outputs of a plan: the supervisor, which answers everybody, makes them itself. */
export const PLAN_OUTPUTS_MAX = 1_024;
/** Bytes that a plan may copy: 10 ms of memory to memory. */
export const PLAN_COPIED_BYTES_MAX = 32 * 1024 * 1024;
