// All guests, in the order of the table.

import { CACHES } from "./caches.ts";
import { CONFINED } from "./confined.ts";
import { LANGUAGES } from "./languages.ts";
import { LINKED } from "./linked.ts";
import { SERVERS } from "./servers.ts";
import { SHELLS } from "./shells.ts";
import { TRACERS } from "./tracers.ts";
import { USERS } from "./users.ts";
import type { Guest } from "./guest.ts";

export const GUESTS: readonly Guest[] = [...CONFINED, ...TRACERS, ...USERS, ...CACHES, ...SERVERS, ...LANGUAGES, ...LINKED, ...SHELLS];
