// strace is the judge: what it sees of a few everyday commands, the ledgers say too.
// The same program judges whole builds: node dist/build/scripts/judge.js -- <command>.

import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { judge } from "../scripts/judge.ts";

const COMMANDS: readonly (readonly [claim: string, command: readonly string[]])[] = [
  ["globbing, redirections and what coreutils do", ["sh", "-c", "echo text > a.c; for f in *; do cat $f; done; ls missing; mkdir -p x/y; mv a.c x/b.c; ln -s b.c x/c; ln x/b.c hard; cat x/c > copy; touch copy; chmod 600 copy; rm -r x; cp -r . ../tmp/copied; find . | sort; tar cf ../tmp/a.tar .; rm -f *; tar xf ../tmp/a.tar; [ -e nowhere ] || cd /usr"]],
  ["a compiler", ["sh", "-c", "printf '#include <stdio.h>\\n#include \"own.h\"\\nint main(void) { return OWN; }\\n' > a.c; mkdir i; echo '#define OWN 0' > i/own.h; gcc -Iabsent -Ii -c a.c && gcc -o a a.o && ./a"]],
  /* Without the flag Node reads its own program or does not, as the addresses fall that it is given: 1 run in 300 does not. */
  ["Node's file calls, in threads and children too", ["node", "--no-short-builtin-calls", "-e", `
    const fs = require("fs"), { Worker } = require("worker_threads"), { execFileSync } = require("child_process");
    fs.mkdirSync("d/e/f", { recursive: true }); fs.writeFileSync("d/a", "1"); fs.readdirSync("d"); fs.statSync("d/a"); fs.existsSync("d/none");
    fs.copyFileSync("d/a", "d/b"); fs.renameSync("d/b", "d/c"); fs.symlinkSync("c", "d/l"); fs.realpathSync("d/l"); fs.realpathSync.native("d/l"); fs.readlinkSync("d/l");
    fs.utimesSync("d/a", 1, 1); fs.chmodSync("d/a", 0o600); fs.truncateSync("d/a"); execFileSync("cat", ["d/c"]);
    fs.promises.readFile("d/c").then(() => fs.promises.rm("d", { recursive: true }));
    new Worker('require("fs").writeFileSync("w", "1"); require("fs").readdirSync(".")', { eval: true });`]],
  ["Perl", ["perl", "-e", 'opendir D, "/etc"; readdir D; open F, ">x"; print F "a"; close F; rename "x", "y"; unlink "y"; stat "none"; require POSIX; mkdir "q"; rmdir "q"; system "true"']],
];

for (const [claim, command] of COMMANDS) {
  test(`the ledgers say all that strace sees of ${claim}`, () => {
    const scratch = realpathSync(mkdtempSync(join(tmpdir(), "fathom-judge-")));
    try {
      const judged = judge(command, null, scratch);
      assert.deepEqual(judged.missed, []);
      assert.equal(judged.codes[0], judged.codes[1]);
      assert.ok(judged.accesses > 10, "the judge saw something");
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}
