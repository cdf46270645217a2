/* What leaves the tree or is shared beside the files: sockets, shared memory, message queues, devices, FIFOs. */
#include "behaviour.h"
#include <arpa/inet.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>
#include "calls.h"

/* Discard; nothing listens there. */
static struct sockaddr_in nobody(void) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}
static struct sockaddr_un local(const char *path) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strcpy(to.sun_path, path);
    return to;
}

BEHAVIOUR(connect_network, "connect(2) over the network", "doubt NETWORK") {
    struct sockaddr_in to = nobody();
    return worked(connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof to));
}
BEHAVIOUR(connect_network_6, "connect(2) over the network, IPv6", "doubt NETWORK") {
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    connect(socket(AF_INET6, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof to);
    return 1;
}
BEHAVIOUR(serve_network, "bind(2) to a port", "doubt SERVES") {
    struct sockaddr_in at = nobody();
    at.sin_port = 0;
    return worked(bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&at, sizeof at));
}
BEHAVIOUR(send_network, "sendto(2) with an address", "doubt NETWORK") {
    struct sockaddr_in to = nobody();
    sendto(socket(AF_INET, SOCK_DGRAM, 0), "text", 4, 0, (struct sockaddr *)&to, sizeof to);
    return 1;
}
BEHAVIOUR(send_message_network, "sendmsg(2) with an address", "doubt NETWORK") {
    struct sockaddr_in to = nobody();
    struct iovec piece = {"text", 4};
    struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &piece, .msg_iovlen = 1};
    sendmsg(socket(AF_INET, SOCK_DGRAM, 0), &message, 0);
    return 1;
}
BEHAVIOUR(send_messages_network, "sendmmsg(2) with an address", "doubt NETWORK") {
    struct sockaddr_in to = nobody();
    struct iovec piece = {"text", 4};
    struct mmsghdr message = {.msg_hdr = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &piece, .msg_iovlen = 1}};
    sendmmsg(socket(AF_INET, SOCK_DGRAM, 0), &message, 1, 0);
    return 1;
}
BEHAVIOUR(connect_local_missing, "connect(2) to a local socket that is not there", "missing absent") {
    struct sockaddr_un to = local("absent");
    return failed_with(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to), ENOENT);
}
BEHAVIOUR(connect_local, "connect(2) to a local socket", "doubt LOCAL_SERVER") {
    struct sockaddr_un to = local("file");
    return failed_with(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to), ECONNREFUSED);
}
BEHAVIOUR(connect_abstract, "connect(2) to an abstract socket", "doubt LOCAL_SERVER") {
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "\0nobody"};
    return failed_with(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&to, offsetof(struct sockaddr_un, sun_path) + 7), ECONNREFUSED);
}
BEHAVIOUR(serve_local, "bind(2) to a name", "made-node new") {
    struct sockaddr_un at = local("new");
    return worked(bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&at, sizeof at));
}
BEHAVIOUR(serve_abstract, "bind(2) to an abstract socket", "doubt SERVES") {
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "\0fathom-conformance"};
    bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&at, offsetof(struct sockaddr_un, sun_path) + 19);
    return 1;
}
BEHAVIOUR(pass_descriptor, "SCM_RIGHTS", "opened file; doubt DESCRIPTORS") {
    int ends[2], fd = open("file", O_RDONLY);
    union { char room[CMSG_SPACE(sizeof fd)]; struct cmsghdr head; } control = {.head = {CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && sendmsg(ends[0], &message, 0) == 1;
}
BEHAVIOUR(pair_of_sockets, "a file through a pair of sockets", "opened file; wrote new") {
    char text[8];
    int ends[2], from = open("file", O_RDONLY), to = open("new", O_CREAT | O_WRONLY, 0644);
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && sendfile(ends[0], from, NULL, 5) == 5 && recv(ends[1], text, sizeof text, 0) == 5 && write(to, text, 5) == 5;
}
BEHAVIOUR(read_fifo, "opens a FIFO", "typed fifo; doubt DEVICE") { return worked(open("fifo", O_RDONLY | O_NONBLOCK)); }
BEHAVIOUR(write_fifo, "opens a FIFO for both", "typed fifo; doubt DEVICE") { return worked(open("fifo", O_RDWR)); }
BEHAVIOUR(open_device, "opens a device", "typed /dev/ptmx; doubt DEVICE") {
    open("/dev/ptmx", O_RDWR | O_NOCTTY);
    return 1;
}
BEHAVIOUR(memory_system_v, "shmget(2) and shmat(2)", "doubt SHARED_MEMORY") {
    int id = (int)syscall(SYS_shmget, 0 /* IPC_PRIVATE */, 4096, 0600);
    syscall(SYS_shmctl, id, 0 /* IPC_RMID */, NULL);
    return id >= 0;
}
BEHAVIOUR(memory_posix, "shared memory as shm_open(3) opens it", "wrote /dev/shm/fathom-conformance; doubt SHARED_MEMORY; removed /dev/shm/fathom-conformance") {
    int fd = open("/dev/shm/fathom-conformance", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    return worked(fd) && worked(unlink("/dev/shm/fathom-conformance"));
}
BEHAVIOUR(memory_private, "a private map", "opened file") {
    int fd = open("file", O_RDONLY);
    return mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED;
}

#ifndef RAW
BEHAVIOUR(semaphore_posix, "sem_open(3)", "doubt SHARED_MEMORY") {
    sem_t *made = sem_open("/fathom-conformance", O_CREAT, 0600, 1);
    sem_unlink("/fathom-conformance");
    return made != SEM_FAILED;
}
BEHAVIOUR(queue_posix, "mq_open(3)", "doubt SHARED_MEMORY") {
    mq_open("/fathom-conformance", O_RDONLY);
    return 1;
}
#endif
