/* Writing to inherited streams: the bytes are recorded when the kernel has taken them. */
#include <sys/uio.h>
#include "raw.h"

#define PIECES_MAX 1024

/* Is this descriptor one of the streams that the image, or one it runs in, inherited? */
static int is_stream(int fd, struct stat *what) {
    if (raw4(__NR_fstat, fd, (long)what, 0, 0) != 0) return 0;
    for (uint32_t i = 0; i < guest.first->stream_count; i++)
        if (guest.first->streams[i].dev == what->st_dev && guest.first->streams[i].ino == what->st_ino) return 1;
    for (uint64_t i = 0; i < guest.head->leaked_count; i++) /* what goes there is in no entry */
        if (guest.head->leaked[i].dev == what->st_dev && guest.head->leaked[i].ino == what->st_ino) guest_doubt(LEDGER_REASON_INHERITED);
    return 0;
}

HOOK ssize_t write(int fd, const void *bytes, size_t length) {
    struct stat what;
    if (!is_ready() || guest.first->stream_count >= CHUNK_STREAMS_MAX) return finish(raw4(__NR_write, fd, (long)bytes, (long)length, 0));
    int watched = is_stream(fd, &what);
    long put = gate4(__NR_write, fd, (long)bytes, (long)length, 0);
    if (put > 0 && watched) guest_stream(&what, fd, bytes, (size_t)put);
    return finish(put);
}

HOOK ssize_t writev(int fd, const struct iovec *pieces, int count) {
    struct stat what;
    if (!is_ready() || guest.first->stream_count >= CHUNK_STREAMS_MAX || count < 0 || count > PIECES_MAX)
        return finish(raw4(__NR_writev, fd, (long)pieces, count, 0));
    int watched = is_stream(fd, &what);
    long put = gate4(__NR_writev, fd, (long)pieces, count, 0);
    if (put > 0 && watched) {
        size_t left = (size_t)put;
        for (int i = 0; i < count && left; i++) {
            size_t length = pieces[i].iov_len < left ? pieces[i].iov_len : left;
            guest_stream(&what, fd, pieces[i].iov_base, length);
            left -= length;
        }
    }
    return finish(put);
}
