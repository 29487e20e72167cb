/** `GET /api/auth/status`: whether sign-in is required, by which providers, and the version. Needs no session. */
import { jsonReply } from "../http/reply.ts";
import type { Handler } from "./handler.ts";
import type { GateParts } from "./parts.ts";
import { replyWith } from "./verdict.ts";

export function createStatus({
  settings,
  registry,
}: Pick<GateParts, "settings" | "registry">): Handler {
  const body = {
    auth_required: !settings.insecure,
    auth_providers: settings.insecure ? [] : registry.providers.map((provider) => provider.name),
    version: settings.version,
  };
  return () => replyWith(jsonReply(200, body), "own");
}
