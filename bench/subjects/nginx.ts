/** nginx as a plain reverse proxy without any sign-in: what forwarding costs in C. Once bare, once with the log that Debian gives it. */
import { join } from "node:path";
import { nginxArguments } from "../nginx.ts";
import { freePort } from "../process.ts";
import { lacksProgram, versionLine } from "../tools.ts";
import { startSubject } from "./start.ts";
import type { Subject } from "./subject.ts";

const setup =
  "`proxy_pass` with 64 kept upstream connections, one worker, bodies passed on as they come and never written to disk, no sign-in; sets Host and X-Forwarded-*";

function nginxWith(accessLog: boolean): Pick<Subject, "version" | "missing" | "start"> {
  return {
    version: () => versionLine("nginx", ["-v"]),
    missing: () => lacksProgram("nginx"),
    async start({ upstream, directory, maxConnections }) {
      const port = await freePort();
      const home = join(directory, accessLog ? "nginx-log" : "nginx");
      const http = forwarding(port, new URL(upstream).host);
      return startSubject({
        command: "nginx",
        args: nginxArguments({ home, http, connections: maxConnections, accessLog }),
        origin: `http://127.0.0.1:${port}`,
        directory: home,
        log: join(home, "output.log"),
      });
    },
  };
}

function forwarding(port: number, upstream: string): string {
  return `
  map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
  upstream dashboard {
    server ${upstream};
    keepalive 64;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://dashboard;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
      proxy_read_timeout 1h;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
    }
  }`;
}

export const nginx: Subject = {
  name: "nginx",
  setup: `${setup}; no access log`,
  plays: ["requests", "transfers", "latency", "start-up", "sockets", "many-sockets"],
  ...nginxWith(false),
};

/** Like the gate, which writes a line a request too. */
export const nginxLog: Subject = {
  name: "nginx-log",
  setup: `The same with its access log on as Debian's package ships it: a line a request, unbuffered`,
  plays: ["requests"],
  ...nginxWith(true),
};
