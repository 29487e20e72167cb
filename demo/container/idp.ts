/**
 * The demo's identity provider as the process of a container. Its issuer is http://127.0.0.1 with the port that is published:
 * the browser on the machine and the gate in the same container network then name it alike.
 */
import { startIdp } from "../idp.ts";

const { PORT = "9080", GATE_URLS = "", ACCESS_TOKEN_SECONDS = "20", SHOW_SECRETS } = process.env;

const idp = await startIdp({
  bind: "0.0.0.0",
  port: Number(PORT),
  accessTokenSeconds: Number(ACCESS_TOKEN_SECONDS),
  // For a test that looks for them in the log of the gate.
  ...(SHOW_SECRETS === "1" && {
    onSecret: (kind: string, value: string) => console.log(JSON.stringify({ kind, value })),
  }),
});
for (const url of GATE_URLS.split(",")) idp.allowRedirect(`${url}/auth/callback`);
console.log(`the identity provider listens at ${idp.issuer}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void idp.close());
