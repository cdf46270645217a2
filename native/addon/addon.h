/* Bulk file calls for Node: no policy, no state. What TypeScript cannot do at
 * all (clone, exact link times, exchange) or cannot do fast (ten thousand
 * lstats) is here, and nothing else. src/base/native.ts is the only caller.
 *
 * Rules of the place: every argument is checked and misuse throws a TypeError;
 * what the kernel refuses is a value (a negative errno, or an errno field in
 * the result), never an exception. Nothing here links against a libc by name
 * (see the Makefile), so one file serves Node on glibc and on musl: kernel
 * structures are therefore read by raw calls, not through libc's wrappers. */
#ifndef FATHOM_ADDON_H
#define FATHOM_ADDON_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define NAPI_VERSION 8
#include <node_api.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "../ledger.h"

/* Longest path, its NUL counted. Source: Linux PATH_MAX; see path_resolution(7). */
#define PATH_SPACE 4096u

/* What hashFiles and copyFile say of a file that was written meanwhile. */
#define ECHANGED ESTALE

/* arguments.c: each returns false after throwing a TypeError. */
bool take_arguments(napi_env env, napi_callback_info call, size_t count, napi_value *arguments);
/* A string of one character a byte. *error is ENAMETOOLONG for one that no call would take. */
bool take_path(napi_env env, napi_value value, char path[PATH_SPACE], int *error);
/* All arguments of a call that takes two. */
bool take_two_paths(napi_env env, napi_callback_info call, char one[PATH_SPACE], char other[PATH_SPACE], int *error);
/* NUL-terminated paths, one after the other. */
bool take_paths(napi_env env, napi_value value, const char **paths, size_t *count);
bool take_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *length);
/* offset and length name a part of `bytes`. */
bool take_slice(napi_env env, napi_value bytes, napi_value offset, napi_value length, uint8_t **start, size_t *count);
bool take_int(napi_env env, napi_value value, int64_t lowest, int64_t highest, int64_t *number);
bool take_bigint(napi_env env, napi_value value, int64_t *number);

/* Results; NULL when Node could not make the value (an exception is pending then). */
napi_value give_int(napi_env env, int64_t number);
napi_value give_buffer(napi_env env, size_t length, uint8_t **bytes);
napi_value give_copy(napi_env env, const void *bytes, size_t length);

/* state.c: 0 or errno. */
int signature_of(int directory, const char *path, int flags, struct ledger_sig *signature);

/* A directory of 1,000 names takes one call. */
#define NAMES_BYTES (64u * 1024u)
struct names {
    char *bytes; /* (u8 type, name, NUL)* in the kernel's order; whoever has them read frees them */
    size_t used, space, count;
};
/* `page`: NAMES_BYTES of room. 0 or errno. */
int read_names(int fd, char *page, struct names *names);
/* By the bytes of the names, to be freed; NULL: no memory. */
char **names_sorted(const struct names *names);

napi_value addon_signatures(napi_env env, napi_callback_info call);
napi_value addon_sha256(napi_env env, napi_callback_info call);
napi_value addon_hash_files(napi_env env, napi_callback_info call);
napi_value addon_states_below(napi_env env, napi_callback_info call);
napi_value addon_list(napi_env env, napi_callback_info call);
napi_value addon_read_file(napi_env env, napi_callback_info call);
napi_value addon_read_link(napi_env env, napi_callback_info call);
napi_value addon_resolves_within(napi_env env, napi_callback_info call);
napi_value addon_copy_file(napi_env env, napi_callback_info call);
napi_value addon_set_modified(napi_env env, napi_callback_info call);
napi_value addon_rename(napi_env env, napi_callback_info call);
napi_value addon_open_within(napi_env env, napi_callback_info call);
napi_value addon_attribute(napi_env env, napi_callback_info call);
napi_value addon_remove_attributes(napi_env env, napi_callback_info call);
napi_value addon_owner(napi_env env, napi_callback_info call);
napi_value addon_set_owner(napi_env env, napi_callback_info call);
napi_value addon_lock(napi_env env, napi_callback_info call);
napi_value addon_sync_file_system(napi_env env, napi_callback_info call);
napi_value addon_make_whiteout(napi_env env, napi_callback_info call);
napi_value addon_take_descriptor(napi_env env, napi_callback_info call);
napi_value addon_poll(napi_env env, napi_callback_info call);
napi_value addon_read_into(napi_env env, napi_callback_info call);
napi_value addon_pread_into(napi_env env, napi_callback_info call);
napi_value addon_write_all(napi_env env, napi_callback_info call);
napi_value addon_open_terminal(napi_env env, napi_callback_info call);
napi_value addon_size_terminal(napi_env env, napi_callback_info call);
#endif
