/** oauth2-proxy, signed in: the best-known program of the gate's own kind, in Go. Debian has none, so that it is built here once. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { oauth2ProxyClient } from "../clients.ts";
import { freePort } from "../process.ts";
import { lacksProgram, versionLine } from "../tools.ts";
import { signInAtForm, startSubject } from "./start.ts";
import type { Subject } from "./subject.ts";

const source = "github.com/oauth2-proxy/oauth2-proxy/v7@latest";
const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "hermes-gate-bench");
const built = join(cache, "oauth2-proxy");

/** The one on the PATH, else the one that was built here. */
const command = (): string => (lacksProgram("oauth2-proxy") === undefined ? "oauth2-proxy" : built);

export const oauth2Proxy: Subject = {
  name: "oauth2-proxy",
  setup:
    "Sealed cookie sessions, signed in, its default log of a line a request, the sign-in page left out",
  plays: ["requests", "transfers", "start-up", "sockets"],
  version: () => versionLine(command(), ["--version"]),
  missing() {
    if (command() !== built || existsSync(built)) return undefined;
    if (lacksProgram("go") !== undefined) return "neither oauth2-proxy nor go (to build it) found";
    mkdirSync(cache, { recursive: true });
    console.log(`building ${source}`);
    const env = { ...process.env, GOBIN: cache };
    const { status, stderr } = spawnSync("go", ["install", source], { env, encoding: "utf8" });
    if (status === 0) return undefined;
    console.error(stderr.trim());
    return `oauth2-proxy not found, and \`go install ${source}\` failed`;
  },
  async start({ upstream, directory, idp }) {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const callback = `${origin}/oauth2/callback`;
    idp.allowRedirect(callback);
    return startSubject({
      command: command(),
      args: [
        "--provider=oidc",
        `--oidc-issuer-url=${idp.issuer}`,
        `--client-id=${oauth2ProxyClient.clientId}`,
        `--client-secret=${oauth2ProxyClient.clientSecret}`,
        `--redirect-url=${callback}`,
        "--code-challenge-method=S256",
        "--cookie-secret=0123456789abcdef0123456789abcdef",
        "--cookie-secure=false",
        "--email-domain=*",
        "--skip-provider-button=true",
        `--http-address=127.0.0.1:${port}`,
        `--upstream=${upstream}`,
      ],
      origin,
      directory,
      log: join(directory, "oauth2-proxy.log"),
      signIn: () => signInAtForm(origin),
    });
  },
};
