/**
 * `GET /auth/jwks.json`: the keys with which a dashboard verifies `X-Hermes-Identity` (contract 2). Public halves, so nobody has to
 * be signed in; a dashboard asks for them without anybody's cookies.
 */
import { jsonReply } from "../http/reply.ts";
import type { Handler } from "./handler.ts";
import { replyWith } from "./verdict.ts";

export function createKeySet(jwks: object): Handler {
  return () => replyWith(jsonReply(200, jwks), "own");
}
