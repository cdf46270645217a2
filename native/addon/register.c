/* The names under which TypeScript finds the calls (src/base/native.ts). */
#include "addon.h"

/* Raised when a call changes its meaning, so that a stale binary is refused and not misread. */
#define ADDON_VERSION 1

static const struct {
    const char *name;
    napi_callback call;
} CALLS[] = {
    {"signatures", addon_signatures}, {"statesBelow", addon_states_below}, {"hashFiles", addon_hash_files}, {"list", addon_list}, {"sha256", addon_sha256},
    {"readFile", addon_read_file},      {"readLink", addon_read_link},    {"copyFile", addon_copy_file},   {"setModified", addon_set_modified},
    {"rename", addon_rename},         {"poll", addon_poll},            {"readInto", addon_read_into},
    {"preadInto", addon_pread_into},  {"writeAll", addon_write_all},   {"resolvesWithin", addon_resolves_within},
    {"openTerminal", addon_open_terminal}, {"sizeTerminal", addon_size_terminal},
    {"openWithin", addon_open_within}, {"attribute", addon_attribute},    {"removeAttributes", addon_remove_attributes},
    {"owner", addon_owner},           {"setOwner", addon_set_owner},     {"lock", addon_lock},
    {"syncFileSystem", addon_sync_file_system}, {"makeWhiteout", addon_make_whiteout}, {"takeDescriptor", addon_take_descriptor},
};

NAPI_MODULE_INIT()
{
    napi_value version, function;
    if (napi_create_int32(env, ADDON_VERSION, &version) != napi_ok ||
        napi_set_named_property(env, exports, "version", version) != napi_ok)
        return NULL;
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++)
        if (napi_create_function(env, CALLS[i].name, NAPI_AUTO_LENGTH, CALLS[i].call, NULL, &function) != napi_ok ||
            napi_set_named_property(env, exports, CALLS[i].name, function) != napi_ok)
            return NULL;
    return exports;
}
