/* Sockets. Whatever leaves the tree through one is more than a key can hold: a doubt,
 * with the address as the reason. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "supervisor.h"

/* Messages of one sendmmsg(2) that are looked at. Source: UIO_MAXIOV is 1024; resolvers send 2. */
#define MESSAGES_MAX 64

static void local(struct process *process, pid_t tid, const struct sockaddr_un *to, uint64_t length, bool binds) {
    char path[PATH_BYTES_MAX * 2], name[sizeof to->sun_path + 1] = "";
    struct stat what;
    if (length <= offsetof(struct sockaddr_un, sun_path)) return; /* nameless: between relatives */
    if (to->sun_path[0] == 0) {
        record_doubt(process->image, binds ? LEDGER_REASON_SERVES : LEDGER_REASON_LOCAL_SERVER, "an abstract socket");
        return;
    }
    memcpy(name, to->sun_path, sizeof to->sun_path);
    if (tracee_absolute(tid, AT_FDCWD, name, path)) return;
    if (binds) record_number(process->image, LEDGER_MADE_NODE, S_IFSOCK, NULL, path);
    else if (stat(path, &what) == 0) record_doubt(process->image, LEDGER_REASON_LOCAL_SERVER, path);
    else if (errno == ENOENT || errno == ENOTDIR) record_missing(process->image, 0, errno, path);
    else record_doubt(process->image, LEDGER_REASON_ERROR, path);
}

/* connect, bind, or a message with an address. */
void network_address(struct process *process, const struct seccomp_notif *notice, uint64_t at, uint64_t length, bool binds) {
    union { struct sockaddr any; struct sockaddr_in in; struct sockaddr_in6 in6; struct sockaddr_un local; char room[128]; } to;
    char text[INET6_ADDRSTRLEN + 16] = "";
    memset(&to, 0, sizeof to);
    if (length < 2 || tracee_read((pid_t)notice->pid, at, &to, length > sizeof to ? sizeof to : length)) return;
    switch (to.any.sa_family) {
    case AF_INET:
        inet_ntop(AF_INET, &to.in.sin_addr, text, INET6_ADDRSTRLEN);
        snprintf(text + strlen(text), 8, ":%d", ntohs(to.in.sin_port));
        break;
    case AF_INET6:
        inet_ntop(AF_INET6, &to.in6.sin6_addr, text, INET6_ADDRSTRLEN);
        snprintf(text + strlen(text), 8, ":%d", ntohs(to.in6.sin6_port));
        break;
    case AF_UNIX: local(process, (pid_t)notice->pid, &to.local, length, binds); return;
    case AF_UNSPEC: case AF_NETLINK: return;
    default: strcpy(text, "a socket of another family");
    }
    record_doubt(process->image, binds ? LEDGER_REASON_SERVES : LEDGER_REASON_NETWORK, text);
}

/* sendmsg, sendmmsg: an address, open files, or output that cannot be told apart from them. */
void network_messages(struct process *process, const struct seccomp_notif *notice, uint64_t at, uint64_t count) {
    pid_t tid = (pid_t)notice->pid;
    struct stat what;
    for (uint64_t i = 0; i < count && i < MESSAGES_MAX; i++) {
        struct msghdr head;
        struct cmsghdr control;
        if (tracee_read(tid, at + i * sizeof(struct mmsghdr), &head, sizeof head)) return;
        if (head.msg_name) network_address(process, notice, (uint64_t)head.msg_name, head.msg_namelen, false);
        if (head.msg_controllen >= sizeof control && !tracee_read(tid, (uint64_t)head.msg_control, &control, sizeof control) &&
            control.cmsg_level == SOL_SOCKET && control.cmsg_type == SCM_RIGHTS)
            record_doubt(process->image, LEDGER_REASON_DESCRIPTORS, "");
    }
    if (!tracee_stat_fd(tid, (int)notice->data.args[0], &what) && stream_is_watched(process->image, &what))
        record_doubt(process->image, LEDGER_REASON_STREAM_LOST, "sendmsg");
}
