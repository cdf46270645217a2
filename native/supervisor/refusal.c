/* What the supervisor answers itself: refusal.h says why. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "look.h"
#include "refusal.h"

/* Of the call that is looked at now; 0: it is made. */
static int refusal;

void refuse(const struct image *image) { refusal = errno == ENOENT && image && !image->binds ? ENOENT : 0; }
void refuse_with(int error) { refusal = error; }
bool is_refused(void) { return refusal != 0; }

static bool may_not_write(const struct image *image, const char *name, int how) {
    if (!image || image->binds || faccessat(AT_FDCWD, name, how, AT_EACCESS) == 0 || (errno != EACCES && errno != EPERM && errno != EROFS)) return false;
    refusal = errno;
    return true;
}

bool is_denied(struct image *image, const char *name) {
    char folder[PATH_BYTES_MAX * 2];
    struct stat what;
    parent_of(name, folder);
    if (!may_not_write(image, folder, W_OK | X_OK)) return false;
    if (is_in_workspace(name)) record_doubt(image, LEDGER_REASON_ERROR, name);
    else if (look(name, false, &what)) record_path(image, LEDGER_TYPED, LEDGER_NOFOLLOW, &what, name);
    else record_nowhere(image, LEDGER_NOFOLLOW, name);
    return true;
}

bool is_forbidden(const struct stat *what, const char *name, int how) {
    bool is_told = !S_ISDIR(what->st_mode) && is_ours(what);
    return !is_told && how > 0 && how <= 7 && is_in_workspace(name) && faccessat(AT_FDCWD, name, how, AT_EACCESS) != 0;
}

bool is_somebody_elses(const struct stat *what, const char *name) { return geteuid() != 0 && what->st_uid != geteuid() && is_in_workspace(name); }

bool is_read_only(struct image *image, const struct stat *what, const char *name) {
    if (!may_not_write(image, name, W_OK)) return false;
    record_path(image, LEDGER_STATED, 0, what, name);
    if (!is_ours(what) && is_in_workspace(name)) record_doubt(image, LEDGER_REASON_ERROR, name);
    return true;
}

bool says_refused(uint64_t id) {
    int says = refusal;
    refusal = 0;
    if (says) notify_error(id, says);
    return says != 0;
}
