/**
 * Microsoft Entra's issuers for more than one tenant (`common`, `organizations`, `consumers`). Their metadata name the issuer
 * as a template, and each token the tenant that it is from. Apart, so that no other issuer gets this leniency (S109).
 */
import type { JsonObject } from "./ask.ts";
import { InvalidToken, peekClaims } from "./jwt.ts";

const slot = "{tenantid}";
const template = `https://login.microsoftonline.com/${slot}/v2.0`;
const configurable =
  /^https:\/\/login\.microsoftonline\.com\/(?:common|organizations|consumers)\/v2\.0$/;
const tenantId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** True when the configured issuer is one that may advertise the template. */
export function isTenantTemplate(advertised: unknown, configured: string): boolean {
  return advertised === template && configurable.test(configured);
}

/** The issuer that this very token must have: the advertised one, with the token's tenant in its place. Fails with InvalidToken. */
export function issuerFor(advertised: string, token: string): string {
  if (advertised !== template) return advertised;
  const tenant = peekClaims(token)?.tid;
  if (typeof tenant !== "string" || !tenantId.test(tenant)) {
    throw new InvalidToken("the token names no tenant");
  }
  return advertised.replace(slot, tenant);
}

/** True when a published key may sign for the issuer: Entra names one at keys that are not for every tenant. */
export function mayKeySignFor(key: JsonObject, issuer: unknown): boolean {
  return typeof key.issuer !== "string" || key.issuer === template || key.issuer === issuer;
}
