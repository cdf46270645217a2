/* Records of the store: kind, name, and a payload that is what it was. */
#ifndef FATHOM_FRAME_H
#define FATHOM_FRAME_H
#include "reader.h"

/* With kind and slashes. Source: NAME in src/store/layout.ts allows 200. */
#define FRAME_NAME_BYTES 256

/* The bytes, which are the caller's to free and hold the payload; NULL: there is none, or it is damaged. */
char *frame_read(const char *kind, const char *name, struct reader *payload);
#endif
