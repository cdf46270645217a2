// Programs that are, become, or pretend to be another user.

import type { Guest } from "./guest.ts";

const group = "Other users";

const WHO = '#include <stdio.h>\n#include <unistd.h>\nint main(void) { for (volatile long i = 0; i < 100000000; i++) ; printf("%d %d\\n", (int)getuid(), (int)geteuid()); return 0; }\n';

export const USERS: readonly Guest[] = [
  {
    group, name: "fakeroot", needs: ["fakeroot", "tar"], command: "fakeroot sh -c 'cp input a; chown 12:34 a; stat -c %u:%g a; tar cf t.tar --mtime=@0 a; tar tvf t.tar'",
    files: { "input": "one\n" }, edit: ["input", "another\n"], answer: { code: "left-running" },
  },
  {
    group, name: "a set-user-ID program that an ordinary user starts inside", needs: ["cc", "setpriv"], isForRoot: true, files: { "who.c": WHO }, answer: "in part",
    command: "cc -o who who.c && chmod 4755 who && setpriv --reuid=65534 --regid=65534 --clear-groups ./who",
  },
  {
    group, name: "a set-user-ID program under the Fathom of an ordinary user", needs: ["cc", "setpriv"], isForRoot: true, isOfUser: true, files: { "who.c": WHO }, answer: { code: "privilege" },
    prepare: "cc -o who who.c && chmod 4755 who", command: "./who", differs: { why: "it gains no rights (no_new_privs): limits.md", mask: (text) => text.replace(/^65534 \d+$/m, "65534 #") },
  },
  { group, name: "su to another user", needs: ["su"], isForRoot: true, command: "su nobody -s /bin/sh -c 'id -u; tr a-z A-Z < input'", files: { "input": "one\n" }, edit: ["input", "two\n"], answer: { code: "privilege" } },
  { group, name: "sudo without a password", needs: ["sudo"], isForRoot: true, command: "sudo -n sh -c 'id -u; tr a-z A-Z < input'", files: { "input": "one\n" }, edit: ["input", "two\n"], answer: { code: "privilege" } },
];
