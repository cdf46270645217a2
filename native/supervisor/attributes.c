/* Calls that seem to change attributes and change none. Copying a file with its permissions (cp -p, install -p)
 * sets an access list; one that says no more than the nine permission bits is a chmod. */
#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include "supervisor.h"

/* Source: linux/posix_acl_xattr.h: a version, then eight bytes an entry (tag, permissions, id). */
#define ACL_VERSION 2u
#define ACL_USER_OBJ 0x01
#define ACL_GROUP_OBJ 0x04
#define ACL_OTHER 0x20
struct acl_entry { uint16_t tag, permissions; uint32_t id; };
struct acl { uint32_t version; struct acl_entry entries[3]; };

static const char ACCESS[] = "system.posix_acl_access";

bool attribute_is_permissions(pid_t tid, uint64_t name, uint64_t value, uint64_t size) {
    char text[sizeof ACCESS];
    struct acl list;
    if (size != sizeof list || tracee_read(tid, name, text, sizeof text) || tracee_read(tid, value, &list, sizeof list)) return false;
    return !memcmp(text, ACCESS, sizeof text) && list.version == ACL_VERSION && list.entries[0].tag == ACL_USER_OBJ
        && list.entries[1].tag == ACL_GROUP_OBJ && list.entries[2].tag == ACL_OTHER;
}

/* Copying a folder with its permissions (cp -a) takes away the list that it would hand down, which is seldom there. */
bool attribute_is_absent(pid_t tid, const char *file, bool follow, uint64_t name) {
    char text[XATTR_NAME_MAX + 1];
    for (size_t at = 0; at == 0 || text[at - 1]; at++)
        if (at == sizeof text || tracee_read(tid, name + at, text + at, 1)) return false;
    return (follow ? getxattr : lgetxattr)(file, text, NULL, 0) < 0 && (errno == ENODATA || errno == ENOTSUP);
}

/* chown to the owner that a file has (cp -p, install, tar): it only takes the set-id bits away. */
bool owner_is_kept(const struct stat *what, uint64_t user, uint64_t group) {
    return ((uint32_t)user == UINT32_MAX || (uint32_t)user == what->st_uid) && ((uint32_t)group == UINT32_MAX || (uint32_t)group == what->st_gid);
}
