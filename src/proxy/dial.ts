/**
 * Opens a connection to the upstream: TCP, TLS or a Unix socket, always to the configured address and never to anything that a
 * request names (S81, S90). Shared by the pool and the tunnel, so that both speak to the same place in the same way.
 */
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls, getCACertificates } from "node:tls";
import type { UpstreamOptions } from "./contract.ts";

export type DialOptions = Pick<UpstreamOptions, "address" | "connectTimeoutMs" | "ca">;

/** The connection did not stand within `connectTimeoutMs`. */
export class ConnectTimeout extends Error {
  override readonly name = "ConnectTimeout";
}

/**
 * Starts a connection that is given up after `connectTimeoutMs` with ConnectTimeout. `established` is the event that says
 * it stands. `onReady` is called once with the socket, or with the error that came before.
 */
export interface Dial {
  /**
   * A socket under way; `halfOpen` leaves our side open when the other has ended. `onread` takes what is read, past the
   * stream and its buffers, but for TLS, which decrypts into the stream.
   */
  open(halfOpen: boolean, onread?: OnReadOpts): Socket;
  readonly established: "connect" | "secureConnect";
}

export function createDial({ address, connectTimeoutMs, ca }: DialOptions): Dial {
  const url = new URL(address.origin);
  const secure = url.protocol === "https:";
  const established = secure ? "secureConnect" : "connect";
  const place =
    address.socketPath === undefined
      ? { host: bareHost(url.hostname), port: Number(url.port) || (secure ? 443 : 80) }
      : { path: address.socketPath };
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates("default"), ca] };
  // SNI takes a name, never an address (RFC 6066, 3).
  const server = isIP(bareHost(url.hostname)) === 0 ? { servername: url.hostname } : {};
  let session: Buffer | undefined;

  function open(halfOpen: boolean, onread?: OnReadOpts): Socket {
    const options = { ...place, allowHalfOpen: halfOpen, highWaterMark: 65536 };
    const reading = onread === undefined ? {} : { onread };
    const socket = secure ? openTls(options) : connectTcp({ ...options, ...reading });
    socket.setNoDelay(true).setKeepAlive(true, 30_000);
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), connectTimeoutMs);
    socket.once(established, () => clearTimeout(timer));
    socket.once("close", () => clearTimeout(timer));
    return socket;
  }

  function openTls(options: object): Socket {
    const resumed = session === undefined ? {} : { session };
    const socket = connectTls({
      ...options,
      ...trusted,
      ...server,
      ...resumed,
      ALPNProtocols: ["http/1.1"],
    });
    socket.on("session", (fresh) => {
      session = fresh;
    });
    return socket;
  }

  return { open, established };
}

function bareHost(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
