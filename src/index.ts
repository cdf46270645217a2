// What the package "fathom" gives to programs: the types of its configuration, and a
// function that lets an editor check one.
//
//   import { defineConfig } from "fathom";
//   export default defineConfig({ tasks: { build: { dependsOn: ["^build"] } } });

import type { Config } from "./workspace/config-shape.ts";

export type { Config, PackageConfig, TaskConfig } from "./workspace/config-shape.ts";

/** Gives back what it is given. */
export const defineConfig = (config: Config): Config => config;
