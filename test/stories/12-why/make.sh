echo "#define VERSION \"$(cat version.txt)\"" > version.h
cc -Ilocal -Isys $FLAGS -o a a.c
