// A server somewhere that takes its time.
const { createServer } = require("node:net");
const { writeFileSync } = require("node:fs");
const server = createServer((socket) => { setTimeout(() => { socket.end("1.2.3\n"); server.close(); }, 800); });
server.listen(0, "127.0.0.1", () => { writeFileSync("port", String(server.address().port)); });
