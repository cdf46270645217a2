// Compilers that are static Go programs, one big JVM process, and cargo.

import type { Scenario } from "../scenario.ts";

export const fzf: Scenario = {
  name: "fzf",
  source: { kind: "debian", name: "fzf", version: "0.38.0-1", take: "patched" },
  packages: ["golang-go", "golang-github-mattn-go-isatty-dev", "golang-github-mattn-go-runewidth-dev", "golang-github-mattn-go-shellwords-dev",
    "golang-github-rivo-uniseg-dev", "golang-github-saracen-walker-dev", "golang-golang-x-crypto-dev", "golang-golang-x-term-dev"],
  prepare: "mkdir -p .gp/src/github.com/junegunn && ln -s ../../../.. .gp/src/github.com/junegunn/fzf",
  build: ["sh", "-c", 'export GOPATH="$PWD/.gp:/usr/share/gocode" GOCACHE="$PWD/.gocache"; cd .gp/src/github.com/junegunn/fzf && go build -p 2 -o fzf-bin .'],
  env: { GO111MODULE: "off" },
  clean: "rm -rf fzf-bin .gocache",
  edit: { file: "src/util/util.go", text: "\nvar FathomEdit = 1\n" },
  ignored: /^\.gocache/,
};

export const commonsLang: Scenario = {
  name: "commons-lang3",
  source: { kind: "debian", name: "libcommons-lang3-java", version: "3.12.0-2+deb12u1", take: "patched" },
  packages: ["default-jdk-headless"],
  prepare: "true",
  build: ["sh", "-c", "javac -encoding UTF-8 -source 8 -target 8 -nowarn -d out $(find src/main/java -name '*.java' | sort)"],
  env: {},
  clean: "rm -rf out",
  edit: { file: "src/main/java/org/apache/commons/lang3/BitField.java", text: "class FathomEdit { }\n" },
  ignored: null,
};

/** Debian's crates, offline; what differs between two bare builds is not compared. */
export const ripgrep: Scenario = {
  name: "ripgrep",
  source: { kind: "debian", name: "rust-ripgrep", version: "13.0.0-4", take: "patched" },
  packages: ["cargo", "librust-bstr-dev", "librust-clap-2-dev", "librust-grep-dev", "librust-grep-searcher-dev", "librust-ignore-dev", "librust-lazy-static-dev",
    "librust-log-dev", "librust-num-cpus-dev", "librust-regex-dev", "librust-serde-json-dev", "librust-termcolor-dev"],
  prepare: [
    "mkdir -p .cargo",
    "printf '[source.crates-io]\\nreplace-with = \"debian\"\\n[source.debian]\\ndirectory = \"/usr/share/cargo/registry\"\\n[net]\\noffline = true\\n' > .cargo/config.toml",
    "rm -f Cargo.lock",
    "sed -i '/^simd-accel/d' Cargo.toml",
  ].join(" && "),
  build: ["cargo", "build", "--offline", "-j2"],
  env: {},
  clean: "rm -rf target",
  edit: { file: "crates/core/main.rs", text: "\n// edited\n" },
  ignored: /^target\/debug\/incremental\//, // Random names, in bare builds too.
};
