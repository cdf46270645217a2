// C that takes a compiler some time.

const DOUBLINGS = Array.from({ length: 13 }, (_, index) => `#define WORK${index + 1}(n) WORK${index}(n##0), WORK${index}(n##1)\n`).join("");

/**
 * The same C, of which no machine's compiler is done in 10 ms of CPU: a unit that takes less is not stored. It declares
 * 8,192 names behind it, which leave nothing in the object, and takes about 30 ms where a line alone takes 10.
 */
export const worthStoring = (c: string): string => `${c}#define WORK0(n) n\n${DOUBLINGS}extern int WORK13(name);\n`;
