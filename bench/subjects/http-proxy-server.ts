/** The rival's own process: `http-proxy` as its README sets it up, with the keep-alive agent and the forwarded headers. */
import { Agent, createServer } from "node:http";
import { createProxyServer } from "http-proxy";

const [port, upstream] = process.argv.slice(2);
if (port === undefined || upstream === undefined) {
  throw new Error("usage: http-proxy-server.ts PORT UPSTREAM");
}
const proxy = createProxyServer({
  target: upstream,
  agent: new Agent({ keepAlive: true }),
  xfwd: true,
});
createServer((request, response) => {
  proxy.web(request, response);
}).listen(Number(port), "127.0.0.1");
