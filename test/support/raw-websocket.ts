/** The client's half of a WebSocket as bytes: the handshake's text and the close frame that comes back (RFC 6455, 5.5.1). */
import type { ByteReader } from "./byte-reader.ts";
import { handshake } from "./gate.ts";
import { requestText } from "./raw-client.ts";

/** The text of a good handshake, with these lines besides. */
export function handshakeText(host: string, path: string, lines: readonly string[] = []): string {
  const fields = Object.entries(handshake).map(([name, value]) => `${name}: ${value}`);
  return requestText([`GET ${path} HTTP/1.1`, `Host: ${host}`, ...fields, ...lines]);
}

/** The code and reason of the next frame, which has to be an unmasked close frame. */
export async function closeFrame(reader: ByteReader): Promise<{ code: number; reason: string }> {
  const [opcode, length = 0] = await reader.bytes(2);
  if (opcode !== 0x88) throw new Error(`no close frame: ${opcode?.toString(16)}`);
  const payload = await reader.bytes(length);
  return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString("utf8") };
}

/** What an upstream answers to the handshake of `handshake`. */
export const switching =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
