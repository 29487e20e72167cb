/** The rival's own process: `http-proxy` as its README sets it up; with the word `agent` also with a keep-alive agent and `xfwd`. */
import { Agent, createServer } from "node:http";
import { createProxyServer } from "http-proxy";

const [port, upstream, agent] = process.argv.slice(2);
if (port === undefined || upstream === undefined) {
  throw new Error("usage: http-proxy-server.ts PORT UPSTREAM [agent]");
}
const proxy = createProxyServer({
  target: upstream,
  ws: true,
  ...(agent === "agent" && { agent: new Agent({ keepAlive: true }), xfwd: true }),
});
proxy.on("error", (error) => console.error(error));
const server = createServer((request, response) => {
  proxy.web(request, response);
});
server.on("upgrade", (request, socket, head) => {
  proxy.ws(request, socket, head);
});
server.listen(Number(port), "127.0.0.1");
