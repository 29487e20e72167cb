/**
 * The proxies that people put before a gate, each with the sample configuration of `deploy/`. Only what must differ on a test
 * machine is replaced in it: ports, the certificate, where it logs. A replacement that finds nothing to replace is an error,
 * so that a test never runs on something else than the sample.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Certificate } from "./certificate.ts";

/** Where a dashboard can stand, and the host of `deploy/` that shows it. */
export interface Place {
  readonly name: string;
  readonly base: string;
  /** `""` or `/hermes`. */
  readonly prefix: string;
}

export const places: readonly Place[] = [
  { name: "at the root", base: "https://dash.example.com", prefix: "" },
  {
    name: "below a prefix left in the path",
    base: "https://apps.example.com/hermes",
    prefix: "/hermes",
  },
  {
    name: "below a prefix taken off the path",
    base: "https://intranet.example.com/hermes",
    prefix: "/hermes",
  },
];

export const hosts: readonly string[] = places.map(({ base }) => new URL(base).hostname);

export interface ProxyPlan {
  readonly folder: string;
  /** Where the proxy is to listen. */
  readonly port: number;
  /** The gate's port, on 127.0.0.1. */
  readonly gatePort: number;
  readonly certificate: Certificate;
}

export interface OuterProxy {
  readonly name: string;
  /** The sample in `deploy/`. */
  readonly sample: string;
  /** The Debian package, and the command of the same name. */
  readonly program: string;
  /** The sample with the plan's ports and files. */
  configure(sample: string, plan: ProxyPlan): string;
  readonly args: (configFile: string, port: number) => readonly string[];
  /** The path as it leaves the proxy. Default: as it came. */
  readonly passes?: (target: string) => string;
}

/** Replaces every occurrence. Throws when there is none. */
export function replace(text: string, what: string, by: string): string {
  if (!text.includes(what)) throw new Error(`nothing to replace: ${what}`);
  return text.replaceAll(what, by);
}

const nginx: OuterProxy = {
  name: "nginx",
  sample: "nginx.conf",
  program: "nginx",
  configure(sample, { folder, port, gatePort, certificate }) {
    let servers = replace(sample, "listen 443 ", `listen 127.0.0.1:${port} `);
    servers = replace(servers, "127.0.0.1:4180", `127.0.0.1:${gatePort}`);
    servers = replace(servers, "/etc/ssl/certs/dash.example.com.crt", certificate.certFile);
    servers = replace(servers, "/etc/ssl/private/dash.example.com.key", certificate.keyFile);
    servers = replace(servers, "/var/log/nginx/", `${folder}/`);
    const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((kind) => `${kind}_temp_path ${join(folder, kind)};`)
      .join("\n");
    // One process in the foreground, so that no worker is left over when it is killed.
    return `daemon off;
master_process off;
pid ${join(folder, "nginx.pid")};
error_log stderr warn;
events { worker_connections 4096; }
http {
${scratch}
${servers}
}
`;
  },
  args: (configFile) => ["-c", configFile, "-e", "stderr"],
};

const caddy: OuterProxy = {
  name: "Caddy",
  sample: "Caddyfile",
  program: "caddy",
  configure(sample, { port, gatePort, certificate }) {
    const files = `${certificate.certFile} ${certificate.keyFile}`;
    const tls = "/etc/ssl/certs/dash.example.com.crt /etc/ssl/private/dash.example.com.key";
    const sites = replace(replace(sample, tls, files), "127.0.0.1:4180", `127.0.0.1:${gatePort}`);
    return `{
  admin off
  auto_https disable_redirects
  https_port ${port}
  default_bind 127.0.0.1
  servers {
    protocols h1 h2
  }
}
${sites}`;
  },
  args: (configFile) => ["run", "--adapter", "caddyfile", "--config", configFile],
};

const haproxy: OuterProxy = {
  name: "HAProxy",
  sample: "haproxy.cfg",
  program: "haproxy",
  configure(sample, { port, gatePort, certificate }) {
    const bound = replace(sample, "bind :443 ", `bind 127.0.0.1:${port} `);
    const gated = replace(bound, "127.0.0.1:4180", `127.0.0.1:${gatePort}`);
    return replace(gated, "/etc/haproxy/certs/dash.example.com.pem", certificate.bothFile);
  },
  args: (configFile) => ["-db", "-f", configFile],
};

const traefik: OuterProxy = {
  name: "Traefik",
  sample: "traefik-dynamic.yml",
  program: "traefik",
  configure(sample, { gatePort, certificate }) {
    let file = replace(sample, "127.0.0.1:4180", `127.0.0.1:${gatePort}`);
    file = replace(file, "/etc/ssl/certs/dash.example.com.crt", certificate.certFile);
    return replace(file, "/etc/ssl/private/dash.example.com.key", certificate.keyFile);
  },
  args: (configFile, port) => [
    `--entryPoints.websecure.address=127.0.0.1:${port}`,
    "--entryPoints.websecure.transport.respondingTimeouts.readTimeout=0",
    `--providers.file.filename=${configFile}`,
    "--global.checkNewVersion=false",
    "--global.sendAnonymousUsage=false",
  ],
  // An escape of a character that needs none is written out (RFC 3986, 6.2.2.2): the same path to whoever reads it.
  passes: (target) => target.replace("%41", "A"),
};

/** No Debian has Traefik: it is tested where somebody has installed it. */
const hasTraefik = spawnSync("traefik", ["version"], { stdio: "ignore" }).error === undefined;

export const outerProxies: readonly OuterProxy[] = [
  ...[nginx, caddy, haproxy],
  ...(hasTraefik ? [traefik] : []),
];
