/** The dashboard of most cases: as cheap as it can be, so that what is measured is what stands in front of it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nginxArguments } from "../nginx.ts";
import { freePort, type Program, startProgram, untilAnswers } from "../process.ts";

/** Bytes of what is downloaded and uploaded. */
export const largeBytes = 100_000_000;
export const mediumBytes = 65_536;

export interface Upstream {
  readonly origin: string;
  readonly program: Program;
}

/**
 * Answers `GET /small` with 17 bytes of JSON, `GET /medium` and `/large` with files of these sizes, and a POST to `/upload`
 * once it has read the whole body: nginx does so, into memory, before it asks a server that gets no body.
 */
export async function startPages(directory: string, maxConnections: number): Promise<Upstream> {
  const port = await freePort();
  const home = join(directory, "pages");
  const root = join(home, "root");
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "medium"), Buffer.alloc(mediumBytes, "medium "));
  writeFileSync(join(root, "large"), Buffer.alloc(largeBytes, "large "));
  const program = await startProgram(
    "nginx",
    nginxArguments({
      home,
      connections: maxConnections,
      http: `  server {
    listen 127.0.0.1:${port};
    root ${root};
    location = /small { default_type application/json; return 200 '{"status":"good"}'; }
    location = /upload {
      client_body_buffer_size ${largeBytes + 1000};
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_pass http://unix:${home}/thanks.sock;
    }
  }
  server {
    listen unix:${home}/thanks.sock;
    location / { default_type application/json; return 200 '{"status":"good"}'; }
  }`,
    }),
    { directory: home, log: join(home, "output.log") },
  );
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(`${origin}/small`, 200);
  return { origin, program };
}
