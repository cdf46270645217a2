// Projects in C and C++.

import type { Scenario } from "../scenario.ts";

const base = { packages: [], prepare: "true", env: {}, clean: "make clean", ignored: null } as const;

export const lmdb: Scenario = {
  ...base,
  name: "lmdb",
  source: { kind: "installed", folder: "lmdb/dependencies/lmdb/libraries/liblmdb" },
  build: ["make", "-j2"],
  edit: { file: "midl.c", text: "int fathom_edit;\n" },
};

/** Debian's patched tree wants libtool and flags from debian/rules: a plain make there builds nothing. */
export const lua: Scenario = {
  ...base,
  name: "lua",
  source: { kind: "debian", name: "lua5.4", version: "5.4.4-3+deb12u1", take: "orig" },
  build: ["make", "-j2", "linux"],
  edit: { file: "src/lmathlib.c", text: "int fathom_edit;\n" },
};

export const zlib: Scenario = {
  ...base,
  name: "zlib",
  source: { kind: "debian", name: "zlib", version: "1:1.2.13.dfsg-1", take: "orig" },
  prepare: "./configure",
  build: ["make", "-j2"],
  edit: { file: "crc32.c", text: "int fathom_edit;\n" },
};

export const nginx: Scenario = {
  ...base,
  name: "nginx",
  source: { kind: "debian", name: "nginx", version: "1.22.1-9+deb12u9", take: "orig" },
  packages: ["libssl-dev", "zlib1g-dev", "libpcre2-dev"],
  prepare: "./configure --with-http_ssl_module",
  build: ["make", "-j2"],
  clean: "rm -rf objs && ./configure --with-http_ssl_module", // Its own clean removes the Makefile.
  edit: { file: "src/core/ngx_string.c", text: "int fathom_edit;\n" },
  ignored: /^objs\/autoconf\.err$/, // The log of configure, which is not what is measured.
};

export const redis: Scenario = {
  ...base,
  name: "redis",
  source: { kind: "debian", name: "redis", version: "5:7.0.15-1~deb12u7", take: "patched" },
  build: ["make", "-j2", "MALLOC=libc", "BUILD_TLS=no", "USE_SYSTEMD=no"],
  env: { SOURCE_DATE_EPOCH: "1700000000" }, // Else the time of the build is in every program.
  clean: "make distclean",
  edit: { file: "src/t_zset.c", text: "int fathom_edit;\n" },
};

/** More than 4,000 processes for 15 seconds: libtool is a shell script around every compiler. */
export const xz: Scenario = {
  ...base,
  name: "xz",
  source: { kind: "debian", name: "xz-utils", version: "5.4.1-1+deb12u2", take: "orig" },
  prepare: "./configure --disable-nls",
  build: ["make", "-j2"],
  edit: { file: "src/liblzma/check/crc32_fast.c", text: "int fathom_edit;\n" },
};

/** C++ through node-gyp. Not its "rebuild", which always cleans. --nodedir: headers of the Node that runs this, so that nothing is downloaded. */
export const sqlite: Scenario = {
  ...base,
  name: "better-sqlite3",
  source: { kind: "npm", name: "better-sqlite3", version: "12.4.1", tools: ["node-gyp@11.4.2"] },
  build: ["sh", "-c", 'node node_modules/node-gyp/bin/node-gyp.js configure build --nodedir="$(dirname "$(dirname "$(realpath "$(command -v node)")")")"'],
  env: { JOBS: "2" },
  clean: "rm -rf build",
  edit: { file: "src/better_sqlite3.cpp", text: "int fathom_edit;\n" },
};
