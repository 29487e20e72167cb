/** The doctor's checks of the dashboard: a request and an upgrade, over a connection as the gate opens it. */
import { type IncomingMessage, request as openRequest } from "node:http";
import type { Runtime } from "../base/runtime.ts";
import type { UpstreamOptions } from "../proxy/contract.ts";
import { createDial } from "../proxy/dial.ts";
import { showUpstream, upstreamError } from "../proxy/upstream-error.ts";
import type { Finding } from "./doctor-finding.ts";

const answerMs = 5000;

/** Any answer is a good one: what the dashboard says to a stranger is its own affair. Sends nobody's credentials. */
export async function checkUpstream(
  options: UpstreamOptions,
  runtime: Runtime,
): Promise<readonly Finding[]> {
  const plain = await attempt("GET /", {}, options, runtime);
  if (plain.state === "fail") return [plain];
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": runtime.randomBytes(16).toString("base64"),
  };
  const socket = await attempt("a WebSocket upgrade of /", upgrade, options, runtime);
  return [plain, { ...socket, subject: "upstream ws" }];
}

async function attempt(
  what: string,
  headers: Readonly<Record<string, string>>,
  options: UpstreamOptions,
  runtime: Runtime,
): Promise<Finding> {
  const place = showUpstream(options.address);
  const started = runtime.now();
  try {
    const status = await ask(headers, options);
    const ms = runtime.now() - started;
    return {
      state: "ok",
      subject: "upstream",
      text: `${place} answered ${what} with ${status}`,
      ms,
    };
  } catch (error) {
    const { facts, code } = upstreamError(error, options.address);
    const ms = runtime.now() - started;
    const text = `tried ${what} at ${place}: ${facts["reason"] ?? code}`;
    const mend = error instanceof NoAnswer ? error.message : String(facts["hint"]);
    return { state: "fail", subject: "upstream", text, mend, ms };
  }
}

class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly code = "ETIMEDOUT";
}

function ask(
  headers: Readonly<Record<string, string>>,
  options: UpstreamOptions,
): Promise<number | undefined> {
  const dial = createDial(options);
  return new Promise((resolve, reject) => {
    const request = openRequest({
      createConnection: () => dial.open(false),
      method: "GET",
      path: "/",
      headers: { host: new URL(options.address.origin).host, ...headers },
    });
    const timer = setTimeout(() => {
      request.destroy(
        new NoAnswer(
          `it accepts connections and does not answer in ${answerMs} ms: look into its log`,
        ),
      );
    }, answerMs);
    const done = ({ statusCode }: IncomingMessage) => {
      resolve(statusCode);
      request.destroy();
    };
    request.on("response", done);
    request.on("upgrade", (answer, socket) => {
      socket.on("error", () => {}).destroy();
      done(answer);
    });
    request.on("error", reject);
    request.on("close", () => clearTimeout(timer));
    request.end();
  });
}
