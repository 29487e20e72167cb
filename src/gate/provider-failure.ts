/** Turns what a provider throws into the catalogue's error, with the log line that the operator needs. */
import { GateError } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { InvalidCode, LoginRefused, ProviderUnavailable } from "../provider/contract.ts";
import type { GateParts } from "./parts.ts";

/** The GateError that is shown; an error of no known class is logged as the bug that it is, and comes back as `internal`. */
export function providerFailure(
  { log }: Pick<GateParts, "log">,
  exchange: Exchange,
  provider: string,
  error: unknown,
): GateError {
  const fields = { request_id: exchange.id, provider, err: error };
  if (error instanceof InvalidCode && error.tooLarge) {
    log.warn(fields, "the provider's token is too large: let it hold fewer claims, mostly groups");
    return new GateError("login_token_too_large", { provider }, error);
  }
  if (error instanceof InvalidCode) {
    log.warn(fields, "the sign-in code, or what came for it, was not accepted");
    return new GateError("login_invalid_code", { provider }, error);
  }
  if (error instanceof LoginRefused) {
    log.info({ ...fields, provider_error: error.providerCode }, "the provider refused the sign-in");
    return new GateError("login_refused", { provider }, error);
  }
  if (error instanceof ProviderUnavailable) {
    const level = error.misconfigured ? "error" : "warn";
    log[level](fields, `provider ${provider} cannot be used: ${error.message}`);
    return new GateError("provider_unavailable", { provider }, error);
  }
  log.error(fields, `provider ${provider} failed in a way that it does not name: a bug`);
  return new GateError("internal", { provider }, error);
}
