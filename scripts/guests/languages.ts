// Languages and build systems that bring their own way of looking at files.

import type { Guest } from "./guest.ts";

const group = "Languages and build systems";

const JAVA = (text: string): string => `public class Hello { public static void main(String[] a) { System.out.println("${text}" + Greeting.text()); } }\n`;
const PYTHON = (text: string): string => `TEXT = "${text}"\n\ndef test_text():\n    assert TEXT\n`;
const CRATE = {
  "Cargo.toml": '[package]\nname = "hello"\nversion = "0.1.0"\nedition = "2021"\n',
  "build.rs": 'fn main() { println!("cargo:rerun-if-changed=input"); println!("cargo:rustc-env=TEXT={}", std::fs::read_to_string("input").unwrap().trim()); }\n',
  "src/main.rs": 'fn main() { println!("{}", env!("TEXT")); }\n',
};
const CMAKE = `cmake_minimum_required(VERSION 3.10)
project(hello C)
include(CheckIncludeFile)
include(CheckFunctionExists)
check_include_file(unistd.h HAVE_UNISTD)
check_function_exists(strlcpy HAVE_STRLCPY)
configure_file(config.h.in config.h)
add_library(part STATIC part.c)
add_executable(hello hello.c)
target_include_directories(hello PRIVATE \${CMAKE_CURRENT_BINARY_DIR})
target_link_libraries(hello part)
`;
const PART = (text: string): string => `const char *part(void) { return "${text}"; }\n`;
const TEX = (text: string): string => `\\documentclass{article}\n\\begin{document}\n\\tableofcontents\n\\section{${text}}\nText \\ref{a}.\\label{a}\n\\end{document}\n`;

export const LANGUAGES: readonly Guest[] = [
  {
    group, name: "javac, java and jar", needs: ["javac"], command: "javac Hello.java Greeting.java && java -Xshare:auto Hello && jar cfe hello.jar Hello *.class && java -jar hello.jar",
    files: { "Hello.java": JAVA("hello "), "Greeting.java": 'class Greeting { static String text() { return "one"; } }\n' }, edit: ["Greeting.java", 'class Greeting { static String text() { return "two"; } }\n'],
    varies: /\.jar$/, answer: "replayed",
  },
  { group, name: "Python: compiling to bytes and importing", needs: ["/usr/bin/python3"], command: "/usr/bin/python3 -m compileall -q module.py; /usr/bin/python3 -c 'import module; print(module.TEXT)'", files: { "module.py": PYTHON("one") }, edit: ["module.py", PYTHON("another")], varies: /\.pyc$/, answer: "replayed" },
  { group, name: "pytest", needs: ["/usr/bin/python3", "/usr/bin/py.test-3"], command: "/usr/bin/python3 -m pytest -q test_module.py", files: { "test_module.py": PYTHON("one") }, edit: ["test_module.py", PYTHON("")], mask: (text) => text.replace(/in [\d.]+s/g, ""), varies: /\.pyc$|\.pytest_cache\/v\//, answer: "replayed" },
  { group, name: "perl", needs: ["perl"], command: "perl -Ilib -MPart -MFile::Temp -MPOSIX -e 'print Part::text()'", files: { "lib/Part.pm": 'package Part; sub text { "one\\n" } 1;\n' }, edit: ["lib/Part.pm", 'package Part; sub text { "two\\n" } 1;\n'], answer: "replayed" },
  { group, name: "cargo with a build script, without a network", needs: ["cargo", "cc"], command: "export CARGO_INCREMENTAL=0; cargo build --offline -q && target/debug/hello", files: { ...CRATE, "input": "one\n" }, edit: ["input", "two\n"], varies: /^target\//, answer: "in part" },
  { group, name: "Go, a module without dependencies", needs: ["go"], command: "export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local; go build -o hello . && ./hello && go vet .", files: { "go.mod": "module hello\n\ngo 1.19\n", "main.go": 'package main\n\nfunc main() { println("one") }\n' }, edit: ["main.go", 'package main\n\nfunc main() { println("two") }\n'], answer: "replayed", msMax: 240_000 },
  {
    group, name: "cmake and ninja, with checks", needs: ["cc", "cmake", "ninja"], command: "cmake -G Ninja -B build . && ninja -j1 -C build && build/hello",
    files: { "CMakeLists.txt": CMAKE, "config.h.in": "#cmakedefine HAVE_UNISTD\n#cmakedefine HAVE_STRLCPY\n", "part.c": PART("one"), "hello.c": '#include "config.h"\n#include <stdio.h>\nconst char *part(void);\nint main(void) { puts(part()); return 0; }\n' },
    edit: ["part.c", PART("two")], varies: /ninja_log|ninja_deps|CMakeOutput\.log|CMakeError\.log|CMakeConfigureLog/, mask: (text) => text.replace(/\([\d.]+s\)/g, ""), answer: "in part",
  },
  { group, name: "pdflatex, twice", needs: ["pdflatex"], command: "pdflatex -interaction=batchmode paper.tex >/dev/null; pdflatex -interaction=batchmode paper.tex >/dev/null; grep -c section paper.toc; cat paper.toc", files: { "paper.tex": TEX("one") }, edit: ["paper.tex", TEX("two")], varies: /\.(pdf|log)$/, answer: "replayed" },
];
