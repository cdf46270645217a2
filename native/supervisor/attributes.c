/* Calls that seem to change attributes and change none. Copying a file with its permissions (cp -p, install -p)
 * sets an access list; one that says no more than the nine permission bits is a chmod. */
#include <string.h>
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

/* chown to the owner that a file has (cp -p, install, tar): it only takes the set-id bits away. */
bool owner_is_kept(const struct stat *what, uint64_t user, uint64_t group) {
    return ((uint32_t)user == UINT32_MAX || (uint32_t)user == what->st_uid) && ((uint32_t)group == UINT32_MAX || (uint32_t)group == what->st_gid);
}
