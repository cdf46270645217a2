/* Experiments of `fathom whatif`, which check a prediction: one unit alone is replayed, or starts later than it could.
 * FATHOM_EXPERIMENT is "hit:<key>" or "delay:<key>:<milliseconds>", where <key> is the beginning of the unit's weak key in
 * hexadecimal digits, as a trace has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "supervisor.h"

#define VARIABLE "FATHOM_EXPERIMENT"
#define KEY_DIGITS 16
/* Source: src/explain/encode.ts: so much of a weak key is in a trace. */
#define KEY_BYTES (KEY_DIGITS / 2)
#define DELAY_MS_MAX 600000u
#define HELD_MAX 64

static enum { NONE, HIT, DELAY } kind;
static char key[KEY_DIGITS + 1];
static uint32_t delay_ms;
static struct { uint64_t notification; int64_t until_ns; } held[HELD_MAX];
static size_t held_count;

/* Before the command starts, which is told nothing of it. */
void experiment_begin(void) {
    const char *said = getenv(VARIABLE);
    if (!said) return;
    const char *at = !strncmp(said, "hit:", 4) ? said + 4 : !strncmp(said, "delay:", 6) ? said + 6 : NULL;
    if (at && strspn(at, "0123456789abcdef") == KEY_DIGITS) {
        memcpy(key, at, KEY_DIGITS);
        unsigned long ms = at[KEY_DIGITS] == ':' ? strtoul(at + KEY_DIGITS + 1, NULL, 10) : 0;
        delay_ms = ms < DELAY_MS_MAX ? (uint32_t)ms : DELAY_MS_MAX;
        kind = said[0] == 'h' ? HIT : DELAY;
    }
    unsetenv(VARIABLE);
}

static bool is_meant(const struct exec *exec) {
    char hex[KEY_DIGITS + 1];
    key_hex(exec->weak_key, KEY_BYTES, hex);
    return !memcmp(hex, key, KEY_DIGITS);
}

bool experiment_is_made(void) { return kind != NONE; }

bool experiment_replays(const struct exec *exec) { return kind != HIT || is_meant(exec); }

bool experiment_holds(const struct exec *exec, uint64_t notification) {
    if (kind != DELAY || held_count == HELD_MAX || !is_meant(exec)) return false;
    held[held_count].notification = notification;
    held[held_count++].until_ns = now_ns() + (int64_t)delay_ms * 1000000;
    return true;
}

int experiment_patience_ms(int patience_ms) {
    for (size_t i = 0; i < held_count; i++) {
        int64_t left_ns = held[i].until_ns - now_ns();
        int left_ms = left_ns <= 0 ? 0 : (int)(left_ns / 1000000) + 1;
        if (patience_ms < 0 || left_ms < patience_ms) patience_ms = left_ms;
    }
    return patience_ms;
}

void experiment_release(void) {
    for (size_t i = held_count; i-- > 0;)
        if (held[i].until_ns <= now_ns()) {
            notify_continue(held[i].notification);
            held[i] = held[--held_count];
        }
}
