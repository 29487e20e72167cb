/**
 * The gate itself, built and run as a user runs it: its own process, a real sign-in at a real OpenID provider, the session
 * cookies that came of it, its access log on.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publicClient, startIdp } from "../../demo/idp.ts";
import { createBrowser } from "../../test/support/browser.ts";
import { signIn } from "../../test/support/sign-in.ts";
import { freePort, startProgram, untilAnswers } from "../process.ts";
import { versionLine } from "../tools.ts";
import type { Subject } from "./subject.ts";

const command = join(import.meta.dirname, "../../bin/hermes-gate.js");

/** Extra arguments for Node, such as `--cpu-prof`: from `--node-arg`. */
export function gateWith(nodeArguments: readonly string[]): Subject {
  return {
    name: "hermes-gate",
    setup:
      "`hermes-gate serve` from `dist`, default settings, one process, signed in, one access-log line a request",
    version: () => versionLine(process.execPath, [command, "--version"]),
    async start({ upstream, directory }) {
      const idp = await startIdp({ accessTokenSeconds: 24 * 3600 });
      const port = await freePort();
      const origin = `http://127.0.0.1:${port}`;
      idp.allowRedirect(`${origin}/auth/callback`);
      const home = join(directory, "gate");
      mkdirSync(home, { recursive: true });
      const log = join(home, "gate.log");
      const program = await startProgram(
        process.execPath,
        [
          ...nodeArguments,
          command,
          "serve",
          ...["--upstream", upstream, "--listen", `127.0.0.1:${port}`],
          ...["--issuer", idp.issuer, "--client-id", publicClient.clientId],
        ],
        { directory: home, log, env: { HERMES_GATE_STATE_DIR: join(home, "state") } },
      );
      const stop = async (): Promise<void> => {
        await program.stop();
        await idp.close();
      };
      try {
        await untilAnswers(`${origin}/api/auth/status`, 200);
        const browser = createBrowser();
        await signIn(browser, { url: `${origin}/small` });
        const cookie = browser.jar.header(new URL(`${origin}/small`));
        browser.close();
        await untilAnswers(`${origin}/small`, 200, { cookie });
        return { origin, pid: program.pid, credentials: { Cookie: cookie }, stop };
      } catch (error) {
        await stop();
        throw new Error(`the gate did not start: ${readFileSync(log, "utf8")}`, { cause: error });
      }
    },
  };
}
