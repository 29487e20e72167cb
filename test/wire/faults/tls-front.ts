/** TLS before a plain upstream. A test can hold a connection before its handshake, where it is neither refused nor standing. */

import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { TLSSocket } from "node:tls";
import { makeCertificate } from "../../outer/certificate.ts";
import { temporaryFolder } from "../../support/config.ts";

export interface TlsFront {
  readonly port: number;
  /** Path of the certificate to believe. */
  readonly caFile: string;
  /** Resolves to the next connection, which has had no byte of an answer. Given to `go`, it gets its handshake. */
  hold(): Promise<Socket>;
  go(socket: Socket): void;
}

/** Starts it before the port, for the name `localhost`; closed with the test. */
export async function startTlsFront(t: TestContext, upstreamPort: number): Promise<TlsFront> {
  const { certFile, keyFile } = makeCertificate(temporaryFolder(t), ["localhost"]);
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)];
  const open = new Set<Socket>();
  let held: ((socket: Socket) => void) | undefined;

  function follow(socket: Socket): void {
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => socket.destroy());
  }

  function go(socket: Socket): void {
    const upstream = connect(upstreamPort, "127.0.0.1");
    const secure = new TLSSocket(socket, { isServer: true, key, cert });
    follow(upstream);
    secure.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
    upstream.on("close", () => secure.destroy());
    secure.pipe(upstream).pipe(secure);
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    follow(socket);
    const take = held ?? go;
    held = undefined;
    take(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    ...{ port, go, caFile: certFile },
    hold: () =>
      new Promise((resolve) => {
        held = resolve;
      }),
  };
}
