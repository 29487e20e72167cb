/** The dashboard of the socket cases: a process that echoes WebSocket messages. */
import { join } from "node:path";
import { freePort, startProgram, untilAnswers } from "../process.ts";
import type { Upstream } from "./pages.ts";

export async function startEcho(directory: string): Promise<Upstream> {
  const port = await freePort();
  const program = await startProgram(
    process.execPath,
    [join(import.meta.dirname, "echo-server.ts"), String(port)],
    { directory, log: join(directory, "echo.log") },
  );
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(`${origin}/small`, 200);
  return { origin, program };
}
