// In the environment of a task that is to run whatever is stored, and of all that it
// starts: who starts it says so to the supervisor (native/supervisor/tasks.c) and to
// the session.

export const UNCACHED = { name: "FATHOM_UNCACHED", value: "1" } as const;

export const isUncached = (env: readonly string[]): boolean => env.includes(`${UNCACHED.name}=${UNCACHED.value}`);
