// The baseline of bench_live.py: node's `ws`, one process, rooms fed by Redis pub/sub, as its documentation shows it.
const http = require("node:http");
const { WebSocketServer } = require("ws");
const { createClient } = require("redis");

const [port, socketPath, prefix] = process.argv.slice(2);
const rooms = new Map();

async function main() {
  const subscriber = createClient({ socket: { path: socketPath }, RESP: 2 });
  await subscriber.connect();
  const server = http.createServer((request, response) => response.end("<p>A page</p>".repeat(200)));
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on("connection", async (socket, request) => {
    const name = request.url.split("/").pop();
    socket.on("error", () => {});
    socket.on("close", () => rooms.get(name)?.delete(socket));
    if (!rooms.has(name)) {
      rooms.set(name, new Set());
      rooms.get(name).add(socket);
      await subscriber.subscribe(`${prefix}:${name}`, (text) => {
        for (const each of rooms.get(name)) each.send(text);
      });
    } else {
      rooms.get(name).add(socket);
    }
    socket.send('{"live":"ready","within":0}');
  });
  server.listen(Number(port), "127.0.0.1", 4096);
}

main();
