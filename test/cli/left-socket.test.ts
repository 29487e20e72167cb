/** A gate on Unix sockets that was killed, and the next one there. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { start } from "../support/command.ts";
import { temporaryFolder } from "../support/config.ts";
import { eventually } from "../support/eventually.ts";

function statusAt(socketPath: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, agent: false }, (answer) => resolve(answer.resume().statusCode))
      .on("error", reject)
      .end();
  });
}

for (const [name, workers] of [
  ["one process", "1"],
  ["workers", "2"],
] as const) {
  test(`with ${name}: after a kill the next gate listens on the same sockets, dashboard's and admin's`, async (t) => {
    const folder = temporaryFolder(t);
    const [socket, admin] = [join(folder, "gate.sock"), join(folder, "admin.sock")];
    const args = ["--upstream", ":9", "--insecure", "--workers", workers];
    args.push("--listen", `unix:${socket}`, "--admin-listen", `unix:${admin}`);
    const launch = async () => {
      const gate = start(t, { folder, args });
      let over = "";
      void gate.ended.then(({ stderr }) => {
        over = stderr;
      });
      await eventually("the banner", () => {
        assert.equal(over, "");
        return gate.stdout().includes("stands at");
      });
      return gate;
    };
    const first = await launch();
    first.child.kill("SIGKILL");
    await first.ended;
    assert.ok(existsSync(socket) && existsSync(admin), "a kill leaves both");
    const second = await launch();
    assert.equal(await statusAt(socket, "/api/auth/status"), 200);
    assert.equal(await statusAt(admin, "/healthz"), 200);
    second.child.kill("SIGTERM");
    assert.equal((await second.ended).code, 0);
    assert.ok(!existsSync(socket) && !existsSync(admin), "a stop leaves none");
  });
}
