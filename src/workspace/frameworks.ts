// Variables that frameworks take into what they build, by a prefix: whoever depends
// on the framework gets them with --env-mode=strict without naming them, as turbo
// does it. Source of the names: each framework's guide to environment variables.

import type { Manifest } from "./manifest.ts";

const PUBLIC = ["PUBLIC_*"];
const [NEXT, VITE] = [["NEXT_PUBLIC_*"], ["VITE_*"]];
/** Nitro also tells where it is deployed by what the host sets. */
const NITRO = ["NITRO_*", "SERVER_*", "AWS_APP_ID", "CF_PAGES", "CLEAVR", "FIREBASE_APP_HOSTING", "INPUT_AZURE_STATIC_WEB_APPS_API_TOKEN", "NETLIFY", "NOW_BUILDER", "RENDER", "STORMKIT", "ZEABUR"];
const NUXT = ["NUXT_*", "LAUNCH_EDITOR", ...NITRO];
const REMIX = ["REMIX_*"];

/** By the package that brings the framework. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "@react-router/dev": REMIX, "@redwoodjs/core": ["REDWOOD_ENV_*"], "@remix-run/dev": REMIX, "@remix-run/react": REMIX, "@remix-run/serve": REMIX,
  "@sanity/cli": ["SANITY_STUDIO_*"], "@solidjs/start": VITE, "@sveltejs/kit": [...VITE, ...PUBLIC], "@vue/cli-service": ["VUE_APP_*", "LAUNCH_EDITOR"],
  astro: PUBLIC, blitz: NEXT, expo: ["EXPO_PUBLIC_*"], gatsby: ["GATSBY_*"], next: NEXT, nitro: NITRO, "nitro-nightly": NITRO, nitropack: NITRO, "nitropack-nightly": NITRO,
  nuxt: NUXT, "nuxt-edge": NUXT, nuxt3: NUXT, "react-dev-utils": ["REACT_APP_*"], "react-scripts": ["REACT_APP_*"], "solid-start": VITE, vite: VITE,
};

export const frameworkVariables = ({ dependencies }: Pick<Manifest, "dependencies">): readonly string[] =>
  [...new Set(dependencies.flatMap(({ name }) => (Object.hasOwn(VARIABLES, name) ? (VARIABLES[name] ?? []) : [])))];
