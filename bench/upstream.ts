/** The dashboard of the benchmark: as cheap as it can be, so that what is measured is what stands in front of it. */
import { startNginx } from "./nginx.ts";
import { freePort, untilAnswers } from "./process.ts";

export interface BenchUpstream {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Answers `GET /small` with 17 bytes of JSON. */
export async function startUpstream(directory: string): Promise<BenchUpstream> {
  const port = await freePort();
  const program = await startNginx(
    directory,
    "upstream",
    `  server {
    listen 127.0.0.1:${port};
    location = /small { default_type application/json; return 200 '{"status":"good"}'; }
  }`,
  );
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(`${origin}/small`, 200);
  return { origin, stop: program.stop };
}
