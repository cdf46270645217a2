/* Numbers of the protocol between the supervisor and Node. See protocol.def. */
#ifndef FATHOM_PROTOCOL_H
#define FATHOM_PROTOCOL_H

#define PROTOCOL_VERSION 8u

enum protocol_kind {
#define MESSAGE(name, id, fields) PROTOCOL_##name = id,
#include "protocol.def"
};

/* HELLO flags. */
enum { HELLO_QUIET = 1, HELLO_JSON = 2, HELLO_NO_CACHE = 4, HELLO_FORCE = 8, HELLO_VERIFY = 16, HELLO_TRIAL = 32, HELLO_READ_ONLY = 64, HELLO_TASKS = 128, HELLO_VIEW = 256 };

/* Node's exit code when a verified unit did not do what its entry says; none that Node gives itself. */
enum { ENGINE_FOUND_DEVIATION = 64 };

/* EXEC flags: the guest library did not start in the image (it is seen by notification only); it is the replayer, by plan; a
 * program above has changed what it is (a tracer, a filter, namespaces, rights), so its unit alone is not stored; it runs already: of an ASK, that nobody waits for
 * an answer. */
enum { EXEC_UNTAPPED = 1, EXEC_PLANNED = 2, EXEC_BOUND = 4, EXEC_BEGUN = 8 };

/* END flags: something of the image's ledger is missing. */
enum { END_INCOMPLETE = 1 };

/* Kinds of the three standard streams. */
enum { STREAM_CLOSED, STREAM_NULL, STREAM_TERMINAL, STREAM_PIPE, STREAM_FILE, STREAM_SOCKET, STREAM_OTHER };
#endif
