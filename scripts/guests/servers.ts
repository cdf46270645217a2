// Commands that leave a server behind, and servers that live as long as the command.

import type { Guest } from "./guest.ts";

const group = "Servers";

/** Answers with what it finds in the file it is asked for; the first client starts it. */
const DAEMON = `const net = require("node:net"), fs = require("node:fs"), { spawn } = require("node:child_process");
const socket = process.env.PLACE + "/daemon.sock";
if (process.argv[2] === "serve") {
  net.createServer((client) => client.on("data", (name) => client.end(fs.readFileSync(String(name), "utf8").toUpperCase()))).listen(socket, () => console.log("ready"));
} else {
  const ask = () => net.connect(socket, function () { this.write(process.cwd() + "/input"); }).on("data", (text) => { fs.writeFileSync("output", text); process.stdout.write(text); });
  if (fs.existsSync(socket)) ask();
  else {
    const server = spawn(process.execPath, [__filename, "serve"], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    server.stdout.once("data", () => { server.stdout.destroy(); server.unref(); ask(); });
  }
}
`;

/** A compiler that is a long-lived child over pipes, as esbuild's service is. */
const SERVICE = `const fs = require("node:fs"), { spawn } = require("node:child_process");
const child = spawn("sh", ["-c", "while read -r name; do tr a-z A-Z < $name; done"], { stdio: ["pipe", "pipe", "inherit"] });
child.stdout.once("data", (text) => { fs.writeFileSync("output", text); child.stdin.end(); });
child.once("close", (code) => console.log("service ended with", code));
child.stdin.write("input\\n");
`;

/** The real one, from our own dependencies. */
const ESBUILD = `const esbuild = require(process.env.FATHOM + "/../../node_modules/esbuild");
esbuild.build({ entryPoints: ["a.ts"], bundle: true, outfile: "out.js", platform: "node" })
  .then(() => esbuild.transform("const a: number = 1", { loader: "ts" })).then(({ code }) => { console.log(code); require("./out.js"); });
`;

const files = { "daemon.cjs": DAEMON, "service.cjs": SERVICE, "input": "one\n" };
const edit = ["input", "two\n"] as const;

export const SERVERS: readonly Guest[] = [
  { group, name: "a daemon that the first command leaves behind and later ones talk to", needs: [], command: "node daemon.cjs && node daemon.cjs", files, edit, answer: { code: "left-running" } },
  { group, name: "a service as a long-lived child over pipes", needs: [], command: "node service.cjs", files, edit, answer: "replayed" },
  {
    group, name: "esbuild and its service", needs: [], command: "node build.cjs", answer: "replayed",
    chance: { answer: "runs", why: "esbuild lists every folder above, and somebody made a file in the temporary folder meanwhile" }, edit: ["b.ts", "export const text: string = 'two';\n"],
    files: { "build.cjs": ESBUILD, "a.ts": "import { text } from './b';\nconsole.log(text);\n", "b.ts": "export const text: string = 'one';\n" },
  },
  {
    group, name: "a server that ends with the command", needs: [], command: "node serve.cjs", edit, answer: { code: "serves" },
    files: { "input": "one\n", "serve.cjs": `const http = require("node:http"), fs = require("node:fs");
const server = http.createServer((_, answer) => answer.end(fs.readFileSync("input"))).listen(0, "127.0.0.1", async () => {
  process.stdout.write(await (await fetch("http://127.0.0.1:" + server.address().port)).text());
  server.close();
  server.closeAllConnections();
});
` },
  },
];
