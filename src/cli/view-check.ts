// By which tier a machine makes views, and what would raise it: found by trying
// (native/supervisor/probe.c), never by the name of a distribution.

import type { Check, Probe } from "./checks.ts";

/** Settings of the kernel that forbid namespaces of users; null: it has no such setting. */
export interface Switches {
  /** kernel.apparmor_restrict_unprivileged_userns */
  readonly apparmorRestricts: string | null;
  /** kernel.unprivileged_userns_clone */
  readonly unprivilegedClone: string | null;
  /** user.max_user_namespaces */
  readonly userNamespacesMax: string | null;
}

/** They come to one check. */
export const VIEW_PROBES: ReadonlySet<string> = new Set(["mounts-as-root", "mounts-as-user", "calls-led"]);

const COST = "A view is a copy, at another path, and takes as long as copying the workspace";
const LED_COST = "In a view each file call takes about ten microseconds more, and nothing is replayed there";

/** Null: this supervisor does not tell. */
export function viewCheck(probes: readonly Probe[], switches: Switches): Check | null {
  const of = (name: string): Probe | undefined => probes.find((probe) => probe.name === name);
  const [root, user, overlay, led, seccomp] = [of("mounts-as-root"), of("mounts-as-user"), of("workspace-copy"), of("calls-led"), of("seccomp-notification")];
  if (root === undefined || user === undefined) return null;
  const isLed = led?.works === true && seccomp?.works === true;
  const refused = (because: string, advice: string): Check =>
    isLed ? { name: "views", works: true, text: `System calls are led into views (tier 2): they cannot be mounted, ${because}. ${LED_COST}. ${advice}` }
      : { name: "views", works: false, text: `Views cannot be mounted: ${because}; nor can system calls be led into them (${led?.detail ?? "not tried"})`, cost: `${COST}. ${advice}` };
  if (!root.works && !user.works) return refused(`neither as root nor in a namespace of users (${user.detail})`, raise(switches));
  if (overlay?.works !== true) return refused("the kernel allows a namespace, and no overlay in it", "Linux 5.11 or later with overlayfs is needed to mount them");
  return { name: "views", works: true, text: root.works ? "Views are mounted by root (tier 0)" : "Views are mounted in a namespace of users (tier 1): files of other users can be read there and not changed; as root they can" };
}

function raise({ apparmorRestricts, unprivilegedClone, userNamespacesMax }: Switches): string {
  if (apparmorRestricts === "1") return "AppArmor keeps them from ordinary users: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  if (unprivilegedClone === "0") return "The kernel keeps them from ordinary users: sudo sysctl -w kernel.unprivileged_userns_clone=1";
  if (userNamespacesMax === "0") return "The kernel allows none: sudo sysctl -w user.max_user_namespaces=15000";
  return "In a container: start it with --cap-add SYS_ADMIN and the store on a volume; elsewhere root can";
}
