// Paths as tokens: which is directly in which.

/** Directly in the folder. */
export const isWithinToken = (path: string, folder: string): boolean => path.lastIndexOf("/") === folder.length && path.startsWith(folder);
