/* Takes arguments apart. Every check is here, so that the calls themselves only
 * ever see values that are in range. */
#include "addon.h"

#include <string.h>

static bool misuse(napi_env env, const char *message)
{
    napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", message);
    return false;
}

bool take_arguments(napi_env env, napi_callback_info call, size_t count, napi_value *arguments)
{
    size_t given = count;
    if (napi_get_cb_info(env, call, &given, arguments, NULL, NULL) != napi_ok || given < count)
        return misuse(env, "Cannot call the addon: expected more arguments");
    return true;
}

bool take_path(napi_env env, napi_value value, char path[PATH_SPACE], int *error)
{
    /* Two more than fit, so that a path that is too long is seen to be. */
    char16_t wide[PATH_SPACE + 2];
    size_t length = 0;
    *error = 0;
    path[0] = 0;
    if (napi_get_value_string_utf16(env, value, wide, PATH_SPACE + 2, &length) != napi_ok)
        return misuse(env, "Cannot use a path: expected a string");
    if (length == 0) return misuse(env, "Cannot use a path: expected at least one character");
    for (size_t i = 0; i < length; i++)
        if (wide[i] == 0 || wide[i] > 0xff)
            return misuse(env, "Cannot use a path: expected one character from 1 to 255 for each byte");
    if (length >= PATH_SPACE) {
        *error = ENAMETOOLONG;
        return true;
    }
    for (size_t i = 0; i < length; i++) path[i] = (char)wide[i];
    path[length] = 0;
    return true;
}

bool take_two_paths(napi_env env, napi_callback_info call, char one[PATH_SPACE], char other[PATH_SPACE], int *error)
{
    napi_value arguments[2];
    int other_error;
    if (!take_arguments(env, call, 2, arguments) || !take_path(env, arguments[0], one, error) || !take_path(env, arguments[1], other, &other_error))
        return false;
    if (*error == 0) *error = other_error;
    return true;
}

bool take_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *length)
{
    bool is_typed = false;
    napi_typedarray_type type;
    void *start = NULL;
    if (napi_is_typedarray(env, value, &is_typed) != napi_ok || !is_typed ||
        napi_get_typedarray_info(env, value, &type, length, &start, NULL, NULL) != napi_ok || type != napi_uint8_array)
        return misuse(env, "Cannot use bytes: expected a Uint8Array");
    *bytes = start;
    return true;
}

bool take_paths(napi_env env, napi_value value, const char **paths, size_t *count)
{
    uint8_t *bytes;
    size_t length;
    if (!take_bytes(env, value, &bytes, &length)) return false;
    if (length > 0 && bytes[length - 1] != 0)
        return misuse(env, "Cannot use a list of paths: expected a NUL after each");
    *count = 0;
    for (size_t at = 0; at < length; at += strlen((const char *)bytes + at) + 1) ++*count;
    *paths = (const char *)bytes;
    return true;
}

bool take_int(napi_env env, napi_value value, int64_t lowest, int64_t highest, int64_t *number)
{
    double exact;
    if (napi_get_value_double(env, value, &exact) != napi_ok || napi_get_value_int64(env, value, number) != napi_ok ||
        (double)*number != exact || *number < lowest || *number > highest)
        return misuse(env, "Cannot use a number: expected a whole number within range");
    return true;
}

bool take_bigint(napi_env env, napi_value value, int64_t *number)
{
    bool is_lossless = false;
    if (napi_get_value_bigint_int64(env, value, number, &is_lossless) != napi_ok || !is_lossless)
        return misuse(env, "Cannot use a number: expected a bigint of at most 64 bits");
    return true;
}

bool take_slice(napi_env env, napi_value bytes, napi_value offset, napi_value length, uint8_t **start, size_t *count)
{
    size_t whole;
    int64_t from, many;
    if (!take_bytes(env, bytes, start, &whole)) return false;
    if (!take_int(env, offset, 0, (int64_t)whole, &from)) return false;
    if (!take_int(env, length, 0, (int64_t)whole - from, &many)) return false;
    *start += from;
    *count = (size_t)many;
    return true;
}

napi_value give_int(napi_env env, int64_t number)
{
    napi_value value;
    return napi_create_int64(env, number, &value) == napi_ok ? value : NULL;
}

napi_value give_buffer(napi_env env, size_t length, uint8_t **bytes)
{
    napi_value value;
    void *start = NULL;
    if (napi_create_buffer(env, length, &start, &value) != napi_ok) return NULL;
    *bytes = start;
    return value;
}

napi_value give_copy(napi_env env, const void *bytes, size_t length)
{
    napi_value value;
    return napi_create_buffer_copy(env, length, bytes, NULL, &value) == napi_ok ? value : NULL;
}
