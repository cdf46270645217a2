// Programs that bring their own seccomp filter, or go to namespaces of their own.

import type { Guest } from "./guest.ts";

const group = "Programs with filters and namespaces of their own";

const PAGE = (text: string): string => `<!doctype html><title>t</title><p id=p></p><script>document.getElementById("p").textContent = ${JSON.stringify(text)} + (6 * 7)</script>\n`;

/** Chromium complains about buses and devices that a machine without a desktop has not, in an order of its own. */
const CHROMIUM = "chromium --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage";
const dumps = (flags: string): string => `p=$(mktemp -d) && ${CHROMIUM} ${flags} --user-data-dir="$p" --dump-dom "file://$PWD/page.html" 2>/dev/null; c=$?; rm -rf "$p"; exit $c`;

/** The filter from the point where the program has started; `miss` is for all other calls. */
const FILTER = (miss: string, rest: string): string => `#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
    static const int allowed[] = {SYS_read, SYS_write, SYS_close, SYS_openat, SYS_newfstatat, SYS_exit_group, SYS_exit, SYS_brk, SYS_mmap, SYS_munmap, SYS_getrandom, SYS_rt_sigreturn};
    struct sock_filter code[64] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    unsigned short used = 1;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], 0, 1);
        code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ${miss});
    struct sock_fprog program = {used, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 9;
    FILE *in = fopen("input", "r"), *out = fopen("output", "w");
    char line[100] = "";
    if (!in || !out || !fgets(line, sizeof line, in)) return 8;
    fprintf(out, "%s", line);
    fclose(out);
    for (volatile long i = 0; i < 100000000; i++) ;
${rest}
    printf("%s", line);
    return 0;
}
`;

/** bubblewrap does not wait for the first process of its process-id namespace. */
export const INIT: NonNullable<Guest["chance"]> = { answer: { code: "namespace" }, why: "the first process of the namespace was gone by then" };

export const CONFINED: readonly Guest[] = [
  {
    group, name: "a program whose filter kills what it does not know", needs: ["cc"], command: "cc -O1 -o filter filter.c && ./filter",
    files: { "filter.c": FILTER("SECCOMP_RET_KILL_PROCESS", ""), "input": "one\n" }, edit: ["input", "two\n"], answer: "replayed",
  },
  {
    group, name: "a program whose filter answers EPERM", needs: ["cc"], command: "cc -O1 -o filter filter.c && ./filter",
    files: { "filter.c": FILTER("SECCOMP_RET_ERRNO | EPERM", '    printf("%d %d %d\\n", socket(AF_INET, SOCK_STREAM, 0), mkdir("new", 0777), unlink("input"));'), "input": "one\n" }, edit: ["input", "two\n"], answer: "replayed",
  },
  {
    group, name: "a program that its own filter kills", needs: ["cc"], command: "cc -O1 -o filter filter.c && ./filter; echo $?",
    files: { "filter.c": FILTER("SECCOMP_RET_KILL_PROCESS", "    getppid();"), "input": "one\n" }, edit: ["input", "two\n"], answer: "in part",
  },
  {
    group, name: "Chromium, headless, without its sandbox", needs: ["chromium"], command: dumps("--no-sandbox"),
    files: { "page.html": PAGE("first ") }, edit: ["page.html", PAGE("second ")], answer: { code: "descriptors" },
  },
  {
    group, name: "Chromium, headless, in its sandbox, as an ordinary user", needs: ["chromium", "setpriv"], isOfUser: true, command: dumps(""),
    files: { "page.html": PAGE("first ") }, edit: ["page.html", PAGE("second ")], answer: { code: "namespace" },
  },
  {
    group, name: "man, which reads pages in a sandbox", needs: ["man"], command: "man -l ./page.1 | cat",
    files: { "page.1": '.TH PAGE 1\n.SH NAME\npage \\- the first\n' }, edit: ["page.1", '.TH PAGE 1\n.SH NAME\npage \\- the second\n'], answer: "replayed",
  },
  {
    group, name: "bubblewrap", needs: ["bwrap"], command: "bwrap --ro-bind / / --bind . /mnt --dev /dev --proc /proc --unshare-all --chdir /mnt sh -c 'tr a-z A-Z < input > output; cat output'",
    files: { "input": "one\n" }, edit: ["input", "two\n"], answer: { code: "left-running" }, chance: INIT,
  },
  {
    group, name: "unshare -r", needs: ["unshare"], command: "unshare -r sh -c 'id -u; tr a-z A-Z < input > output'", files: { "input": "one\n" }, edit: ["input", "two\n"], answer: { code: "namespace" },
  },
];
