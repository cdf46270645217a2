// What a key means in the view. Pure.

/** As node:readline tells of a key. */
export interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly shift?: boolean | undefined;
  /** The bytes that came. */
  readonly sequence?: string | undefined;
}

/** "browse": keys are ours; "search": a word is typed; "type": all goes to the task, but Ctrl-Z. */
export type Mode = "browse" | "search" | "type";

export type Action =
  | { readonly kind: "move"; readonly by: 1 | -1 }
  | { readonly kind: "scroll"; readonly by: "line" | "page" | "all"; readonly direction: "up" | "down" }
  | { readonly kind: "find"; readonly direction: "up" | "down" }
  | { readonly kind: "enter"; readonly mode: Mode }
  | { readonly kind: "letter"; readonly text: string }
  | { readonly kind: "rub" }
  | { readonly kind: "send"; readonly bytes: string }
  | { readonly kind: "restart" }
  | { readonly kind: "interrupt" };

const BROWSE: Readonly<Record<string, Action>> = {
  up: { kind: "move", by: -1 }, k: { kind: "move", by: -1 }, down: { kind: "move", by: 1 }, j: { kind: "move", by: 1 },
  u: { kind: "scroll", by: "line", direction: "up" }, d: { kind: "scroll", by: "line", direction: "down" },
  pageup: { kind: "scroll", by: "page", direction: "up" }, pagedown: { kind: "scroll", by: "page", direction: "down" },
  home: { kind: "scroll", by: "all", direction: "up" }, g: { kind: "scroll", by: "all", direction: "up" },
  end: { kind: "scroll", by: "all", direction: "down" }, G: { kind: "scroll", by: "all", direction: "down" },
  n: { kind: "find", direction: "up" }, N: { kind: "find", direction: "down" },
  "/": { kind: "enter", mode: "search" }, i: { kind: "enter", mode: "type" }, return: { kind: "enter", mode: "type" },
  r: { kind: "restart" }, q: { kind: "interrupt" },
};

/** Null: nothing. */
export function actionOf(mode: Mode, text: string, key: Key): Action | null {
  const isControl = (letter: string): boolean => key.ctrl === true && key.name === letter;
  if (mode === "type") return isControl("z") ? { kind: "enter", mode: "browse" } : { kind: "send", bytes: key.sequence ?? text };
  if (isControl("c")) return { kind: "interrupt" };
  if (mode === "browse") return BROWSE[key.shift === true ? text : (key.name ?? text)] ?? BROWSE[text] ?? null;
  if (key.name === "return") return { kind: "find", direction: "up" };
  if (key.name === "escape") return { kind: "enter", mode: "browse" };
  if (key.name === "backspace") return { kind: "rub" };
  return text.length > 0 && text >= " " && key.ctrl !== true ? { kind: "letter", text } : null;
}
