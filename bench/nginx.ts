/** Runs nginx in the foreground from a server block: as the upstream, whose own cost is then next to nothing, and as a rival. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Program, startProgram } from "./process.ts";

/**
 * One worker, no access log, connections kept for the whole run. `http` is put inside the http block. A worker ends with its
 * master, so stopping the program stops both.
 */
export function startNginx(directory: string, name: string, http: string): Promise<Program> {
  const home = join(directory, name);
  mkdirSync(home, { recursive: true });
  const file = join(home, "nginx.conf");
  writeFileSync(
    file,
    `daemon off;
worker_processes 1;
pid ${home}/nginx.pid;
error_log ${home}/error.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  client_body_temp_path ${home}/body;
  proxy_temp_path ${home}/proxy;
  fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi;
  scgi_temp_path ${home}/scgi;
${http}
}
`,
  );
  return startProgram("nginx", ["-c", file, "-e", join(home, "error.log")], {
    directory: home,
    log: join(home, "output.log"),
  });
}
