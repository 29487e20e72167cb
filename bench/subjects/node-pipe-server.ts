/** Two sockets joined by node's own `pipe`, both ways: the least that passing bytes on costs in one Node process. */
import { connect, createServer } from "node:net";

const [port, upstream] = process.argv.slice(2);
if (port === undefined || upstream === undefined) {
  throw new Error("usage: node-pipe-server.ts PORT UPSTREAM");
}
const { hostname, port: upstreamPort } = new URL(upstream);
createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const server = connect({
    host: hostname,
    port: Number(upstreamPort),
    noDelay: true,
    allowHalfOpen: true,
  });
  client.on("error", () => server.destroy());
  server.on("error", () => client.destroy());
  client.pipe(server).pipe(client);
}).listen(Number(port), "127.0.0.1");
