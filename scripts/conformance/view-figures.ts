// Figures of views as file systems, entered by hand: what was run, in which tier, and
// what came of it. The suites of others are no part of the repository.

export const TIERS = [
  { tier: "root", title: "root (overlay)" },
  { tier: "user", title: "user (overlay in a namespace)" },
  { tier: "redirect", title: "without a mount, as root" },
  { tier: "redirectUser", title: "without a mount, as an ordinary user" },
  { tier: "copy", title: "copy" },
] as const;

export interface Suite {
  readonly name: string;
  readonly found: Readonly<Partial<Record<(typeof TIERS)[number]["tier"], string>>>;
}

export const SUITES: readonly Suite[] = [
  {
    name: "fuzzer: results, errors, and what a commit and its undo leave; sequences of 1,000 operations",
    found: {
      root: "100 of 100 the same", user: "99 of 100 the same; the other one is the kernel's (below)", redirect: "100 of 100 the same", redirectUser: "100 of 100 the same", copy: "100 of 100 the same",
    },
  },
  { name: "the fuzzer, where three files are outputs without their bytes", found: { root: "60 of 60 the same", redirect: "20 of 20 the same" } },
  { name: "the fuzzer again, November 26: sequences of 500 to 700 operations, seeds 12000 to 12201", found: { root: "3 of 3 the same, two of them since (below)", user: "2 of 2 the same", redirect: "2 of 2 the same", redirectUser: "2 of 2 the same", copy: "2 of 2 the same" } },
  { name: "the fuzzer, in a deterministic view", found: { redirect: "40 of 40 the same" } },
  {
    name: "the fuzzer, with four changes of the workspace in between: results, errors, and what the view holds after each",
    found: { root: "20 of 20 the same", redirect: "20 of 20 the same", redirectUser: "20 of 20 the same" },
  },
  {
    name: "stress-ng 0.15, class filesystem without what mounts, 45 stressors, one second each",
    found: { root: "45", user: "44; `chown` fails with EINVAL, as it must in a namespace of one user", redirect: "44, and `symlink` since (below)", copy: "45" },
  },
  { name: "stress-ng, in a view made for outputs without their bytes", found: { root: "44, and `locka`, which fails so outside of views as well (below)" } },
  { name: "stress-ng, in a deterministic view", found: { redirect: "44; `utime` fails, as it must where all has one time" } },
  { name: "fsx (fstests, 2026-04), 12 runs: new files and old ones that are copied up, dynamic and static", found: { root: "12 of 12", user: "12 of 12", redirect: "12 of 12", redirectUser: "12 of 12", copy: "12 of 12" } },
  { name: "pjdfstest 2026-08, as root, 8,798 tests in 238 files; 8,827 in a copy", found: { root: "8,796", copy: "8,826" } },
  { name: "pjdfstest as an ordinary user, all 17 folders, 8,827 tests, of which 5,730 fail plainly, since they become others or make devices: what fails besides", found: { user: "of 7,941 tests 3 (below)", redirectUser: "53 (below), the same in a pinned view" } },
  { name: "pjdfstest as root, where nobody becomes another user: of 8,827 tests 3,553 fail so plainly; what fails besides", found: { redirect: "61 (below)" } },
  {
    name: "unionmount-testsuite (2025-05), its tests on a tree that is the workspace, without remounts; plainly 60 fail as an ordinary user, in the same tests",
    found: { root: "328 of 328", user: "268 of 328, as plainly", redirect: "323 of 328; five become another user", copy: "354 of 359; five become another user, who may not look into the store" },
  },
];

/** Paragraphs behind the table. */
export const NOTES: readonly string[] = [
  "Seeds of the fuzzer: 5000 to 5099 in the tiers that mount or copy, 7000 to 7099 in the two others, in views that are not pinned; 9000 on in pinned ones (40 as root, 20 as an ordinary user, all the same) and in the three rows below. Number 5066 as an ordinary user: renaming a file to another of its names fails with ESTALE there. So it does in an overlay that",
  "`mount` makes in a namespace of users, and not in one that root makes. fsx: 25,000 operations a run without a mount as root, 10,000 in `user` and 6,000 in the other tiers; on files that it makes, on one that was there, and without cutting (`-L`).",
  "Of pjdfstest one fails under Fathom with and without a view (`open/21.t`: a path outside the address space ends the program, not the call), and one (`utimensat/05.t`, the seventh) failed on a busy machine and passes alone,",
  "in a view as well. Found by these runs and mended: names of a folder behind a link (the fuzzer, 5020), and readlink(2) that an alarm ended with EINTR",
  "(stress-ng `symlink`, one run of six; ten of ten pass since). `locka`: a lock that is only tried was ended with EINTR by the stressor's alarm, before the supervisor had taken the call. Observed outside of a view it fails so in",
  "five runs of twelve; since the guest library tries again, in none of 24 ([what observing changes](limits.md#what-observing-changes)).",
  "The one of a copy is `open/21.t`. As an ordinary user that fails too, and two of `mknod/08.t`, which make the device 0/0 and use its name: in an overlay that is a whiteout. Without a mount",
  "what fails besides are the tests of the longest path (`03.t`, and two of `rename/02.t`; 50 as an ordinary user, 60 as root), which gets longer by the name of the workspace or the store, `open/21.t`, and as an ordinary user the two of `mknod/08.t`. (Where `pidfd_getfd` is refused too, 288 more: sockets cannot be bound in the view there.) Found by these runs and mended: rename(2) to a path that cannot be read, or is too long, which without a mount went to where the call before it had gone (eight tests; `rename/17.t`); rmdir(2) and rename(2) of an empty directory that its owner may not read,",
  "and link(2) from below a file to where no folder is, which under Fathom said ENOENT, in a view and outside (the fuzzer, 12001 and 12002).",
];
