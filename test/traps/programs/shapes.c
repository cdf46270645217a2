/* Makes one of everything a tree can hold, from an empty folder with "old" (a folder with "kept") and "gone" (a file). */
#include "work.h"

#define DO(call) do { if (call) fail(#call); } while (0)

int main(void) {
    work();
    DO(mkdir("made", 0750));
    DO(mkdir("made/empty", 0700));
    put_file("made/first", "first\n");
    DO(link("made/first", "made/second"));
    DO(symlink("first", "made/link"));
    DO(symlink("nowhere", "made/dangling"));
    put_file("made/tool", "#!/bin/sh\n");
    DO(chmod("made/tool", 0755));
    put_file("made/secret", "s\n");
    DO(chmod("made/secret", 0400));
    DO(rename("made", "moved"));     /* a folder of its own */
    DO(rename("old", "renamed"));    /* one that was there */
    DO(unlink("gone"));
    DO(mkdir("brief", 0755));
    put_file("brief/file", "x");
    DO(unlink("brief/file"));
    DO(rmdir("brief"));
    return 0;
}
