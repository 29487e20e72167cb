/**
 * A gate with several workers, started by its command, before one dashboard and one provider that revokes everything when a refresh
 * token comes twice. What is asked of it over a connection of its own comes to each worker in turn.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { startDashboard } from "../../demo/dashboard.ts";
import { type Idp, publicClient, startIdp } from "../../demo/idp.ts";
import { choosePort } from "../../demo/ports.ts";
import { type Browser, createBrowser } from "../support/browser.ts";
import { type Command, start } from "../support/command.ts";
import { temporaryFolder } from "../support/config.ts";
import { eventually } from "../support/eventually.ts";
import { noteOutput, noteSecret } from "../support/evidence.ts";

export interface CrewOptions {
  /** Default 2. */
  readonly workers?: number;
  readonly accessTokenSeconds?: number;
  /** More lines of the configuration file. */
  readonly settings?: string;
  /** Default: an address of TCP. */
  readonly listen?: string;
}

export interface Crew {
  /** `http://localhost:port`. */
  readonly url: string;
  readonly idp: Idp;
  readonly gate: Command;
  /** The text of its `config.yaml`, which is in the folder. */
  readonly file: string;
  readonly folder: string;
  /** The process ids of the workers that live. */
  workers(): readonly number[];
  /** Lines of the log that hold this text. */
  lines(text: string): readonly string[];
  audited(): readonly Readonly<Record<string, unknown>>[];
  /** Asks the admin listener. */
  admin(path: string): Promise<Response>;
  browser(): Browser;
}

/** A connection for this request alone. */
export const apart = { connection: "close" };

/** Starts all of it and waits for the banner; ends with the test. */
export async function startCrew(t: TestContext, options: CrewOptions = {}): Promise<Crew> {
  const { workers = 2, accessTokenSeconds = 60, settings = "" } = options;
  const browsers: Browser[] = [];
  let started: Command | undefined;
  // First of all: the gate stops in order, while all that it knows is there.
  t.after(async () => {
    for (const browser of browsers) browser.close();
    started?.child.kill("SIGTERM");
    const ended = await started?.ended;
    for (const output of [ended?.stdout, ended?.stderr, audit()]) noteOutput(output ?? "");
  });
  const folder = temporaryFolder(t);
  const auditFile = join(folder, "audit.log");
  const audit = () => (existsSync(auditFile) ? readFileSync(auditFile, "utf8") : "");
  const idp = await startIdp({ accessTokenSeconds, onSecret: noteSecret });
  t.after(() => idp.close());
  const dashboard = await startDashboard({ beatMs: 20 });
  t.after(() => dashboard.close());
  const port = await choosePort(0);
  const url = `http://localhost:${port}`;
  idp.allowRedirect(`${url}/auth/callback`);
  const file = `
upstream: ${dashboard.address}
listen: ${options.listen ?? `127.0.0.1:${port}`}
admin_listen: 127.0.0.1:0
workers: ${workers}
drain_timeout_seconds: 5
audit: { file: audit.log }
providers: [{ type: oidc, issuer: "${idp.issuer}", client_id: ${publicClient.clientId} }]
${settings}`;
  const gate = start(t, { folder, files: { "config.yaml": file } });
  started = gate;
  let over = false;
  void gate.ended.then(() => {
    over = true;
  });
  const adminUrl = () => /"admin":"([^"]+)"/.exec(gate.stdout())?.[1];
  const deadline = performance.now() + 30_000;
  while (adminUrl() === undefined) {
    if (over || performance.now() > deadline) {
      throw new Error(`the gate does not start: ${JSON.stringify(await gate.ended)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    ...{ url, idp, gate, file, folder },
    workers: () => childrenOf(gate.child.pid ?? 0),
    lines: (text) =>
      gate
        .stdout()
        .split("\n")
        .filter((line) => line.includes(text)),
    audited: () =>
      audit()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line)),
    admin: (path) => fetch(`${adminUrl()}${path}`),
    browser() {
      const browser = createBrowser();
      browsers.push(browser);
      return browser;
    },
  };
}

/** Waits until another worker than these has taken its place among them. */
export function replaced(crew: Crew, before: readonly number[]): Promise<void> {
  return eventually("a new worker", async () => {
    if (crew.workers().every((pid) => before.includes(pid))) return false;
    const found = (await (await crew.admin("/readyz")).json()) as {
      workers: { wanted: number; serving: number };
    };
    return found.workers.serving === found.workers.wanted;
  });
}

/** The processes that wrote these lines, by the ids of the requests in them. */
export function writersOf(lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => /"request_id":"([^"]+)-[^-"]+"/.exec(line)?.[1] ?? []));
}

/** As Linux tells it. A process that has ended and was not waited for yet is none. */
function childrenOf(parent: number): readonly number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      const [state, parentId] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(parentId) === parent && state !== "Z" ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
