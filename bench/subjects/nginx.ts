/** nginx as a plain reverse proxy without any sign-in: what forwarding costs in C. */
import { startNginx } from "../nginx.ts";
import { freePort, untilAnswers } from "../process.ts";
import { versionLine } from "../tools.ts";
import type { Subject } from "./subject.ts";

export const nginx: Subject = {
  name: "nginx",
  setup:
    "`proxy_pass` with 64 kept upstream connections, one worker, no access log, no sign-in; sets Host and X-Forwarded-*",
  version: () => versionLine("nginx", ["-v"]),
  async start({ upstream, directory }) {
    const port = await freePort();
    const program = await startNginx(
      directory,
      "nginx",
      `  upstream dashboard {
    server ${new URL(upstream).host};
    keepalive 64;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://dashboard;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
    }
  }`,
    );
    const origin = `http://127.0.0.1:${port}`;
    await untilAnswers(`${origin}/small`, 200);
    return { origin, pid: program.pid, credentials: {}, stop: program.stop };
  },
};
