/**
 * Single-use tickets for WebSocket upgrades (contract 10, S76). A page cannot send headers with an upgrade, and a cookie goes
 * with any page's, so a program asks for a ticket and shows it once. A ticket is a key in both senses: the store knows only its
 * hash, and what it holds is encrypted under the ticket and the gate's secret, so a store that leaks gives away nobody's
 * session, and of two gates that share one neither takes the other's tickets.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { Runtime } from "../base/runtime.ts";
import { hashFields, randomToken } from "../base/secret.ts";
import type { LiveSession, Session } from "../session/session.ts";
import type { Store } from "../store/contract.ts";
import { ticketShape } from "./extract.ts";

/** Whom a ticket was minted for: the session without refresh token and id_token. */
export type TicketHolder = Omit<LiveSession, "cookies">;

export interface Tickets {
  /** A new ticket, 43 base64url characters. Fails with StoreUnavailable. */
  mint(session: Session, hasRefreshToken: boolean): Promise<string>;
  /**
   * The holder, once, while ticket and session live; undefined otherwise, and for another gate's ticket. The ticket is spent in
   * any case. Fails with StoreUnavailable.
   */
  redeem(ticket: string): Promise<TicketHolder | undefined>;
}

export interface TicketOptions {
  readonly store: Store;
  readonly runtime: Runtime;
  /** The session secrets: the first mints, all redeem. */
  readonly secrets: readonly string[];
  /** Milliseconds until a ticket expires. */
  readonly ttlMs: number;
  readonly isEnded: (sessionId: string) => boolean;
}

/** Fails with an Error when there is no secret. */
export function createTickets(options: TicketOptions): Tickets {
  const { store, runtime, secrets, ttlMs, isEnded } = options;
  const [first] = secrets;
  if (first === undefined) throw new Error(`"secrets" must hold the secret that seals tickets`);
  return {
    async mint({ refreshToken: _, idToken: __, ...session }, hasRefreshToken) {
      const ticket = randomToken(runtime);
      const holder: TicketHolder = { session, hasRefreshToken };
      const sealed = sealHolder(holderKey(ticket, first), holder, runtime);
      await store.put(storeKey(ticket), sealed, ttlMs);
      return ticket;
    },
    async redeem(ticket) {
      if (!ticketShape(ticket)) return undefined;
      const sealed = await store.take(storeKey(ticket));
      if (sealed === undefined) return undefined;
      const holder = openHolder(ticket, secrets, sealed);
      if (holder === undefined) return undefined;
      const { session, hasRefreshToken } = holder;
      const endsAt = hasRefreshToken ? session.endsAt : session.expiresAt;
      return isEnded(session.id) || runtime.now() >= endsAt ? undefined : holder;
    },
  };
}

const cipher = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;

function storeKey(ticket: string): string {
  return `ticket:${hashFields("ticket", ticket)}`;
}

function holderKey(ticket: string, secret: string): Buffer {
  return Buffer.from(hkdfSync("sha256", ticket, secret, "ticket holder", 32));
}

function sealHolder(key: Buffer, holder: TicketHolder, runtime: Runtime): string {
  const iv = runtime.randomBytes(ivBytes);
  const encrypt = createCipheriv(cipher, key, iv);
  const body = [encrypt.update(JSON.stringify(holder)), encrypt.final()];
  return Buffer.concat([iv, encrypt.getAuthTag(), ...body]).toString("base64");
}

/** Undefined when it was sealed under none of the secrets. */
function openHolder(
  ticket: string,
  secrets: readonly string[],
  sealed: string,
): TicketHolder | undefined {
  const bytes = Buffer.from(sealed, "base64");
  for (const secret of secrets) {
    try {
      return decryptHolder(holderKey(ticket, secret), bytes);
    } catch {
      // Sealed under another of the secrets, or under none.
    }
  }
  return undefined;
}

/** Throws when the bytes are not what was encrypted under this key. */
function decryptHolder(key: Buffer, bytes: Buffer): TicketHolder {
  const decrypt = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decrypt.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  const body = [decrypt.update(bytes.subarray(ivBytes + tagBytes)), decrypt.final()];
  return JSON.parse(Buffer.concat(body).toString());
}
