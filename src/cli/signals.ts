// What a person, or who started us, wants ended.

export type Ending = "SIGINT" | "SIGTERM";

/** A terminal tells the whole group of Ctrl-C, and nobody else does: then `isForwarded`, what was started has to be told. Call what it gives to let go. */
export function onSignals(act: (signal: Ending, isForwarded: boolean) => void): () => void {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const told = (signal: Ending): void => { act(signal, !(signal === "SIGINT" && process.stdin.isTTY)); };
  for (const signal of signals) process.on(signal, told);
  return () => { for (const signal of signals) process.off(signal, told); };
}
