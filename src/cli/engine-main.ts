// Where the engine is put together: the supervisor starts this file beside the
// build and talks to it over inherited pipes. Only here do the tap (which
// observes) and the command line (which prints) meet.

export { summaryJson, summaryLine } from "./summary.ts";
