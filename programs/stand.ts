/** Puts one program behind the gate: the provider, the program and the gate, each on a free port, in one folder that is removed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser as Chromium, chromium, type Page } from "playwright-core";
import { stringify } from "yaml";
import { freePort, startProgram, untilAnswers } from "../bench/process.ts";
import { publicClient, startIdp } from "../demo/idp.ts";
import { createBrowser } from "../test/support/browser.ts";
import { signInAs } from "../test/support/chromium.ts";
import { accessTokenSeconds } from "./common-steps.ts";
import { complaintsOf, socketsOf } from "./page-watch.ts";
import type { Place, Program, Variant, Visit } from "./program.ts";

/** A name that no program knows by itself, so that what it has to be told shows. */
const host = "dash.test";
const gateCommand = join(import.meta.dirname, "../bin/hermes-gate.js");

export interface Stand extends Visit {
  /** What the gate and the program wrote. */
  logs(): string;
  close(): Promise<void>;
}

/** Starts the three. Fails with the words of whichever does not start. */
export async function startStand(program: Program, variant: Variant): Promise<Stand> {
  const directory = mkdtempSync(join(tmpdir(), "hermes-gate-programs-"));
  const logOf = (who: string) => join(directory, `${who}.log`);
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.toReversed()) await closer();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  const logs = (): string =>
    ["program", "gate"].map((who) => `${who}:\n${tail(logOf(who))}`).join("\n");
  try {
    const gatePort = await freePort();
    const place: Place = {
      variant,
      ownBase: variant.knowsBase === false ? "" : variant.base,
      port: await freePort(),
      url: `http://${host}:${gatePort}${variant.base}`,
      directory: join(directory, "program"),
    };
    mkdirSync(place.directory);
    const { command, args, env = {} } = program.prepare(place);
    const options = { directory: place.directory, log: logOf("program"), env };
    closers.push((await startProgram(command, args, options)).stop);
    await untilUp(`http://127.0.0.1:${place.port}${place.ownBase}${program.ready}`);
    await startGate(place, gatePort, directory, logOf("gate"), closers);

    const origin = new URL(place.url).origin;
    const browser = createBrowser({ hosts: { [origin]: `http://127.0.0.1:${gatePort}` } });
    closers.push(async () => browser.close());
    const page = createPages(closers);
    const inChromium: Visit["inChromium"] = async (path, run) => {
      const opened = await page();
      const complaints = complaintsOf(opened, origin, program.knownComplaints);
      const sockets = socketsOf(opened);
      try {
        await signInWith(opened, `${place.url}${path}`);
        await run(opened, sockets);
      } finally {
        await opened.screenshot({ path: join(directory, "page.png") }).catch(() => {});
        await opened.close();
      }
      if (complaints.length > 0) throw new Error(`the page complains:\n${complaints.join("\n")}`);
    };
    return { ...place, browser, inChromium, logs, close };
  } catch (error) {
    const said = logs();
    await close();
    throw new Error(`${program.name} could not be put behind the gate:\n${said}`, { cause: error });
  }
}

/** Waits a minute: on a busy machine a program as large as Jupyter takes its time. Fails with what came last. */
async function untilUp(url: string): Promise<void> {
  for (let tries = 1; tries < 4; tries += 1) {
    const up = await untilAnswers(url, 200).then(
      () => true,
      () => false,
    );
    if (up) return;
  }
  await untilAnswers(url, 200);
}

async function startGate(
  { url, port, variant }: Place,
  gatePort: number,
  directory: string,
  log: string,
  closers: (() => Promise<unknown>)[],
): Promise<void> {
  const idp = await startIdp({ accessTokenSeconds });
  closers.push(() => idp.close());
  idp.allowRedirect(`${url}/auth/callback`);
  const home = join(directory, "gate");
  mkdirSync(home);
  const settings = {
    upstream: `127.0.0.1:${port}`,
    listen: `127.0.0.1:${gatePort}`,
    public_url: url,
    providers: [
      { type: "oidc", name: "demo", issuer: idp.issuer, client_id: publicClient.clientId },
    ],
    state_dir: home,
    ...variant.gate,
  };
  writeFileSync(join(home, "config.yaml"), stringify(settings));
  const gate = await startProgram(process.execPath, [gateCommand, "serve"], {
    directory: home,
    log,
  });
  closers.push(gate.stop);
  await untilAnswers(`http://127.0.0.1:${gatePort}${variant.base}/api/auth/status`, 200);
}

/** Pages of one Chromium, each with cookies of its own. */
function createPages(closers: (() => Promise<unknown>)[]): () => Promise<Page> {
  let started: Promise<Chromium> | undefined;
  const launch = async (): Promise<Chromium> => {
    const browser = await chromium.launch({
      executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", `--host-resolver-rules=MAP ${host} 127.0.0.1`],
    });
    closers.push(() => browser.close());
    return browser;
  };
  return async () => {
    started ??= launch();
    const browser = await started;
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    return page;
  };
}

/** From the page that was asked for through the provider and back to it. */
async function signInWith(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await signInAs(page, "alice");
  await page.waitForURL(
    ({ host, pathname }) => host === new URL(address).host && !pathname.includes("/auth/"),
  );
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").split("\n").slice(-25).join("\n");
  } catch {
    return "(nothing)";
  }
}
