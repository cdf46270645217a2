const { connect } = require("node:net");
const { readFileSync, writeFileSync } = require("node:fs");
const socket = connect(Number(readFileSync("port", "utf8")), "127.0.0.1");
let version = "";
socket.on("data", (bytes) => { version += bytes; }).on("end", () => { writeFileSync("version", version); });
