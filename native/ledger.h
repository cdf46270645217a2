/* The ledger: the bytes that record what one program image did (with its forks).
 * Written by the guest library (in the process) and by the supervisor (for calls
 * that reached it as notifications); read once, by TypeScript, when every process
 * of the image is gone. docs/reference/ledger-format.md is the document.
 *
 * One memory file, the arena, holds the head page and chunks. A chunk belongs to
 * one image. A writer claims space by adding to `used`, fills in the record, and
 * stores `size` last: a record whose size is 0 was never finished. */
#ifndef FATHOM_LEDGER_H
#define FATHOM_LEDGER_H
#include <stdint.h>

#define LEDGER_VERSION 1u
#define LEDGER_ALIGN 8u

enum ledger_flag {
#define FLAG(name, value) LEDGER_##name = value,
#include "ledger.def"
};
enum ledger_kind {
#define RECORD(name, id, fields) LEDGER_##name = id,
#include "ledger.def"
};
enum ledger_reason {
#define REASON(name, id, text) LEDGER_REASON_##name = id,
#include "ledger.def"
};

/* Names of ENV that are questions about the standard streams, the machine and who runs the program; those of variables cannot begin so. */
#define STDIN_IS_TERMINAL "\001stdin-is-terminal"
#define STDIN_IS_NULL "\001stdin-is-null"
#define STDOUT_IS_NULL "\001stdout-is-null"
#define STDERR_IS_NULL "\001stderr-is-null"
#define HOST_NAME "\001host-name"
#define KERNEL "\001kernel"
#define MACHINE_KIND "\001machine"
#define USER "\001user"
/* Asked by uname(2); with -2, -3 and -4 behind it, asked again. Whether that is a question about the machine depends on the program. */
#define UNAME_ASKED "\001uname"
/* Source: devices.txt, 1:3 */
#define NULL_DEVICE 0x103

/* A file's state as stat(2) shows it. Times in nanoseconds since 1970. */
struct ledger_sig {
    uint64_t dev, ino, size;
    int64_t mtime_ns, ctime_ns;
    uint32_t mode, nlink;
};

/* Every record begins with this; its fields follow, then padding to LEDGER_ALIGN. */
struct ledger_head {
    uint32_t size;  /* of the whole record, head and padding included; 0: not finished */
    uint16_t kind;
    uint16_t flags;
    uint64_t seq;   /* position in the total order of the run's records */
};

_Static_assert(sizeof(struct ledger_sig) == 48, "ledger_sig is part of the format");
_Static_assert(sizeof(struct ledger_head) == 16, "ledger_head is part of the format");
#endif
