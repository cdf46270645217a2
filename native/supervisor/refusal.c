/* What the supervisor answers itself: refusal.h says why. */
#include <errno.h>
#include "refusal.h"

/* Of the call that is looked at now; 0: it is made. */
static int refusal;

void refuse(const struct image *image) { refusal = errno == ENOENT && image && !image->binds ? ENOENT : 0; }
void refuse_with(int error) { refusal = error; }
bool is_refused(void) { return refusal != 0; }

bool says_refused(uint64_t id) {
    int says = refusal;
    refusal = 0;
    if (says) notify_error(id, says);
    return says != 0;
}
