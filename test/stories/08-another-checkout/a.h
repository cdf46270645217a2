#define VALUE 1
/* 8,192 declarations: what takes a compiler less than 10 ms is not stored. */
#define WORK0(n) n
#define WORK1(n) WORK0(n##0), WORK0(n##1)
#define WORK2(n) WORK1(n##0), WORK1(n##1)
#define WORK3(n) WORK2(n##0), WORK2(n##1)
#define WORK4(n) WORK3(n##0), WORK3(n##1)
#define WORK5(n) WORK4(n##0), WORK4(n##1)
#define WORK6(n) WORK5(n##0), WORK5(n##1)
#define WORK7(n) WORK6(n##0), WORK6(n##1)
#define WORK8(n) WORK7(n##0), WORK7(n##1)
#define WORK9(n) WORK8(n##0), WORK8(n##1)
#define WORK10(n) WORK9(n##0), WORK9(n##1)
#define WORK11(n) WORK10(n##0), WORK10(n##1)
#define WORK12(n) WORK11(n##0), WORK11(n##1)
#define WORK13(n) WORK12(n##0), WORK12(n##1)
extern int WORK13(name);
