// Whether a coding agent reads what we print. It pays for every line, so it gets
// one a task, and all of what failed.

import type { Environment } from "./render.ts";

/** Set by the agents themselves for what they start; AI_AGENT is for any other. */
export const AGENT_VARIABLES = ["AI_AGENT", "CLAUDECODE", "CURSOR_AGENT", "CODEX_SANDBOX", "GEMINI_CLI", "OPENCODE", "COPILOT_CLI"] as const;

export const isReadByAgent = (env: Environment): boolean => AGENT_VARIABLES.some((name) => !["", "0", "false"].includes(env[name] ?? ""));
