/** Runs nginx in the foreground from a server block: as the upstream, whose own cost is then next to nothing, and as a rival. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface NginxConfig {
  readonly home: string;
  /** Goes inside the http block. */
  readonly http: string;
  /** Of clients and upstreams together. */
  readonly connections: number;
  /** Default: none. Debian's own is `combined`, a line a request, unbuffered. */
  readonly accessLog?: boolean;
}

/**
 * Writes the configuration and returns the arguments to start nginx with. A worker ends with its master. There is
 * a fifth more room than asked for: with a sixteenth left nginx closes what it has just accepted.
 */
export function nginxArguments({ home, http, connections, accessLog }: NginxConfig): string[] {
  mkdirSync(home, { recursive: true });
  const file = join(home, "nginx.conf");
  // As root its workers would become a user that may not read the directory of the run.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  writeFileSync(
    file,
    `daemon off;
${user}
worker_processes 1;
worker_rlimit_nofile ${connections + 64};
pid ${home}/nginx.pid;
error_log ${home}/error.log warn;
events { worker_connections ${Math.ceil(connections * 1.2)}; }
http {
  access_log ${accessLog === true ? `${home}/access.log` : "off"};
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_temp_path ${home}/body;
  proxy_temp_path ${home}/proxy;
  fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi;
  scgi_temp_path ${home}/scgi;
${http}
}
`,
  );
  return ["-c", file, "-e", join(home, "error.log")];
}
