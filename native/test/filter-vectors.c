/* The seccomp program, evaluated call by call as the kernel would, and compared with what
 * syscalls.def promises: a wrong jump would lose calls silently. `make check` runs it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../supervisor/filter.c"

struct state S = {.leaked = {7, 300}, .leaked_count = 2};

static int wrong;

/* The instructions that filter.c uses; any other is a mistake. */
static uint32_t evaluate(const struct sock_filter *code, unsigned length, const struct seccomp_data *data) {
    uint32_t accumulator = 0;
    for (unsigned at = 0; at < length; at++) {
        const struct sock_filter *now = &code[at];
        int taken;
        switch (now->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (now->k % 4 || now->k + 4 > sizeof *data) abort();
            memcpy(&accumulator, (const char *)data + now->k, 4);
            continue;
        case BPF_RET | BPF_K: return now->k;
        case BPF_JMP | BPF_JEQ | BPF_K: taken = accumulator == now->k; break;
        case BPF_JMP | BPF_JGT | BPF_K: taken = accumulator > now->k; break;
        case BPF_JMP | BPF_JSET | BPF_K: taken = (accumulator & now->k) != 0; break;
        default: abort();
        }
        at += taken ? now->jt : now->jf;
    }
    abort(); /* fell off the end */
}

static const char *name_of(uint32_t action) {
    switch (action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW: return "allowed";
    case SECCOMP_RET_USER_NOTIF: return "ours";
    case SECCOMP_RET_ERRNO: return "denied";
    default: return "killed";
    }
}

static struct sock_filter *code;
static unsigned length;

static void expect(const char *wanted, const char *call, struct seccomp_data data) {
    const char *got = name_of(evaluate(code, length, &data));
    if (!strcmp(got, wanted)) return;
    fprintf(stderr, "%s(%llx, %llx, %llx, ..., %llx) at %llx: %s, but should be %s\n", call, data.args[0], data.args[1], data.args[2], data.args[4],
            data.instruction_pointer, got, wanted);
    wrong++;
}

static const int descriptors[] = {0, 1, 2, 3, 6, 7, 8, 255, 299, 300, 301, -1};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static int is_watched(int fd) { return (fd >= 0 && fd <= 2) || fd == 7 || fd == 300; }

/* One call from one place. `through` is the gate. */
static void check(int number, const char *call, enum decision decision, uint64_t place, int through) {
    struct seccomp_data data = {.nr = number, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = place};
    const char *ours = through ? "allowed" : "ours";
    switch (decision) {
    case RIGHTS: {
        uint32_t own = (uint32_t)(number == SYS_setresgid ? getgid() : getuid());
        uint64_t ids[] = {own, UINT64_MAX, UINT32_MAX, own + 1, own ^ 0x10000};
        for (size_t i = 0; i < COUNT(ids) * COUNT(ids) * COUNT(ids); i++) {
            size_t which[3] = {i % COUNT(ids), i / COUNT(ids) % COUNT(ids), i / COUNT(ids) / COUNT(ids)};
            for (int n = 0; n < 3; n++) data.args[n] = ids[which[n]];
            int keeps = which[0] < 3 && which[1] < 3 && which[2] < 3;
            expect(keeps && (number == SYS_setresuid || number == SYS_setresgid) ? "allowed" : ours, call, data);
        }
        return;
    }
    case PATH: case DOUBT: case STREAM: case ALWAYS: case LOCK: case SIGNAL: case MACHINE:
        for (size_t i = 0; i < COUNT(descriptors); i++) {
            data.args[0] = (uint64_t)(int64_t)descriptors[i];
            expect(ours, call, data);
        }
        return;
    case DENIED: expect("denied", call, data); return;
    case IGNORED: expect("allowed", call, data); return;
    case FIRST:
        for (uint64_t operation = 0x1000; operation < 0x1010; operation++) {
            data.args[0] = operation;
            expect(operation == 0x1002 ? "ours" : "allowed", call, data);
        }
        return;
    case STDIN: case STREAM_SEEK:
        for (size_t i = 0; i < COUNT(descriptors); i++) {
            data.args[0] = (uint32_t)descriptors[i];
            expect(is_watched(descriptors[i]) ? ours : "allowed", call, data);
        }
        return;
    case MAP:
        for (size_t i = 0; i < COUNT(descriptors); i++) {
            data.args[4] = (uint32_t)descriptors[i];
            for (uint64_t protection = 0; protection < 8; protection++)
                for (uint64_t flags = 0; flags < 0x40; flags++) {
                    bool changes = protection & PROT_WRITE && flags & MAP_SHARED && !(flags & MAP_ANONYMOUS);
                    data.args[2] = protection, data.args[3] = flags;
                    expect(changes || is_watched(descriptors[i]) ? ours : "allowed", call, data);
                }
        }
        return;
    case DUP:
        for (size_t i = 0; i < COUNT(descriptors); i++)
            for (uint64_t operation = 0; operation < 2000; operation++) {
                data.args[0] = (uint32_t)descriptors[i];
                data.args[1] = operation;
                /* F_SETLK, F_SETLKW and those of open files: from anywhere. */
                int locks = number == SYS_fcntl && (operation == 6 || operation == 7 || operation == 37 || operation == 38);
                int duplicates = number != SYS_fcntl || operation == 0 || operation == 1030;
                expect(locks ? "ours" : duplicates && is_watched(descriptors[i]) ? ours : "allowed", call, data);
            }
        return;
    case COPY:
        for (size_t i = 0; i < COUNT(descriptors); i++)
            for (size_t j = 0; j < COUNT(descriptors); j++) {
                int other = number == SYS_splice || number == SYS_copy_file_range ? 2 : 1;
                data.args[0] = (uint32_t)descriptors[i];
                data.args[other] = (uint32_t)descriptors[j];
                int any = is_watched(descriptors[i]) || (number != SYS_vmsplice && is_watched(descriptors[j]));
                expect(any ? ours : "allowed", call, data);
            }
        return;
    case SEND:
        for (size_t i = 0; i < COUNT(descriptors); i++)
            for (int j = 0; j < 4; j++) {
                static const uint64_t addresses[] = {0, 1, 0x100000000ull, 0x7fff12345678ull};
                data.args[0] = (uint32_t)descriptors[i];
                data.args[4] = addresses[j];
                expect(j > 0 || is_watched(descriptors[i]) ? ours : "allowed", call, data);
            }
        return;
    case CLONE:
        for (int bit = 0; bit < 32; bit++) {
            data.args[0] = 1ull << bit;
            expect(number != SYS_clone || ((1u << bit) & 0x7e020000u) ? "ours" : "allowed", call, data);
        }
        return;
    case PRCTL:
        for (uint64_t operation = 0; operation < 80; operation++) {
            data.args[0] = operation;
            int is_picked = operation == PR_SET_CHILD_SUBREAPER || operation == PR_SET_SECCOMP || operation == PR_SET_NO_NEW_PRIVS || operation == PR_CAPBSET_DROP || operation == PR_SET_SECUREBITS || operation == PR_CAP_AMBIENT;
            expect(is_picked ? "ours" : "allowed", call, data);
        }
        return;
    case SECCOMP:
        for (uint64_t operation = 0; operation < 8; operation++) {
            data.args[0] = operation;
            expect(operation <= SECCOMP_SET_MODE_FILTER ? "ours" : "allowed", call, data);
        }
        return;
    case IOCTL:
        for (size_t i = 0; i < COUNT(descriptors); i++)
            for (uint64_t request = 0x5400; request < 0x5420; request++) {
                data.args[0] = (uint32_t)descriptors[i];
                data.args[1] = request;
                expect(descriptors[i] == 0 && request == 0x5401 ? "ours" : "allowed", call, data);
            }
        for (size_t i = 0; i < COUNT(descriptors); i++)
            for (uint64_t request = 0; request < 4; request++) {
                static const uint64_t changing[] = {0x40086602 /* FS_IOC_SETFLAGS */, 0x40046602, 0x401c5820 /* FS_IOC_FSSETXATTR */, 0x80086601 /* FS_IOC_GETFLAGS */};
                data.args[0] = (uint32_t)descriptors[i];
                data.args[1] = changing[request];
                expect(request < 3 ? "ours" : "allowed", call, data);
            }
        return;
    }
}

static const struct { int number; const char *name; enum decision decision; } calls[] = {
#define CALL(name, number, decision, because) {number, #name, decision},
#include "../syscalls.def"
};

int main(void) {
    length = filter_build(&code);
    if (length == 0) return 1;
    const uint64_t gate = GATE_ADDRESS + 2;
    const uint64_t elsewhere[] = {0x7f0012345678ull, gate + (1ull << 32), gate + 1, gate - 2, 0};
    for (size_t i = 0; i < COUNT(calls); i++) {
        check(calls[i].number, calls[i].name, calls[i].decision, gate, 1);
        for (size_t j = 0; j < COUNT(elsewhere); j++) check(calls[i].number, calls[i].name, calls[i].decision, elsewhere[j], 0);
    }
    for (int number = HIGHEST_CALL + 1; number < 2000; number++) expect("ours", "unlisted", (struct seccomp_data){.nr = number, .arch = AUDIT_ARCH_X86_64});
    expect("ours", "question", (struct seccomp_data){.nr = FATHOM_CALL, .arch = AUDIT_ARCH_X86_64});
    expect("ours", "negative", (struct seccomp_data){.nr = -1, .arch = AUDIT_ARCH_X86_64});
    expect("ours", "x32", (struct seccomp_data){.nr = 0x40000000 | 2, .arch = AUDIT_ARCH_X86_64});
    for (int number = 0; number < 500; number++) expect("ours", "i386", (struct seccomp_data){.nr = number, .arch = AUDIT_ARCH_I386, .instruction_pointer = gate});
    if (!wrong) puts("filter-vectors: passed");
    return wrong ? 1 : 0;
}
