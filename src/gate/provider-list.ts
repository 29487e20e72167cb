/** `GET /api/auth/providers`: the sign-in providers, for a login page of the dashboard's own. */
import { GateError } from "../base/errors.ts";
import { jsonReply } from "../http/reply.ts";
import type { Handler } from "./handler.ts";
import type { GateParts } from "./parts.ts";
import { replyWith } from "./verdict.ts";

export function createProviderList({
  settings,
  registry,
}: Pick<GateParts, "settings" | "registry">): Handler {
  const providers = registry.providers.map((provider) => ({
    name: provider.name,
    display_name: provider.displayName,
    supports_password: false,
  }));
  return () => {
    if (settings.insecure || providers.length === 0) throw new GateError("no_provider");
    return replyWith(jsonReply(200, { providers }), "own");
  };
}
