// Which variables a task is given. "loose": all. "strict": the usual ones, and those
// that are named for it: what a person has set by chance reaches no task then. What
// a task reads of them is observed in both.

type Variables = Readonly<Record<string, string | undefined>>;

export type EnvMode = "loose" | "strict";

/** Whose absence breaks programs or only changes how they look; "X_*" for several. Listed in docs/reference/configuration.md. */
export const USUAL_VARIABLES = [
  "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "PWD", "LANG", "LANGUAGE", "LC_*", "TZ", // a person's ground
  "TERM", "COLORTERM", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CI", "GITHUB_ACTIONS", // how output looks
  "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NODE_PATH", "COREPACK_*", "npm_config_*", "NPM_CONFIG_*", "PNPM_HOME", "YARN_*", "BUN_INSTALL", // where tools are
  "XDG_*", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", // where things are found
  "LD_*", "MAKEFLAGS", "MFLAGS", "CARGO_HOME", "RUSTUP_HOME", "GOPATH", "GOROOT", "JAVA_HOME", "FATHOM_*", // what observing and compilers need
] as const;

function matcher(pattern: string): (name: string) => boolean {
  if (!pattern.includes("*")) return (name) => name === pattern;
  const whole = new RegExp(`^${pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`);
  return (name) => whole.test(name);
}

/** `named`: "NAME", "PREFIX_*", "!NAME" (never, whatever else names it; of the usual ones too). */
export function givenTo(env: Variables, mode: EnvMode, named: readonly string[]): Variables {
  if (mode === "loose") return env;
  const wanted = [...USUAL_VARIABLES, ...named.filter((each) => !each.startsWith("!"))].map(matcher);
  const refused = named.filter((each) => each.startsWith("!")).map((each) => matcher(each.slice(1)));
  return Object.fromEntries(Object.entries(env).filter(([name]) => wanted.some((matches) => matches(name)) && !refused.some((matches) => matches(name))));
}
