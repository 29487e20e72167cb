/**
 * The keys that a provider signs with. They survive its outages for a day, and a key that nobody knows causes one fetch per
 * 30 s, shared, so that made-up key ids cannot turn the gate against the provider (S96). Only the provider's own key set is
 * ever used: a token's `jku`, `x5u`, `jwk` and `x5c` are not looked at (S110).
 */
import {
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from "jose";
import { askForObject, isObject, type JsonObject } from "./ask.ts";
import { createCached } from "./cached.ts";
import { ProviderUnavailable } from "./contract.ts";
import type { ProviderDeps } from "./deps.ts";
import { type KeySource, peekClaims } from "./jwt.ts";
import { mayKeySignFor } from "./tenant.ts";

const freshMs = 10 * 60_000;

/** The keys behind `url`, which is asked for anew at each fetch. `provider` is named in messages. */
export function createKeySource(
  provider: string,
  url: () => Promise<string>,
  deps: ProviderDeps,
): KeySource {
  const subject = `"${provider}": the key set`;
  const keys = createCached({
    runtime: deps.runtime,
    freshMs,
    load: async () => toKeySet(subject, await askForObject(deps.fetch, subject, await url())),
    onStale: (error) =>
      deps.log.warn(
        { provider, err: error },
        "the provider's keys could not be renewed; the old ones are used on",
      ),
  });

  const find: JWTVerifyGetKey = async (header, token) => {
    const known = await keys.get();
    try {
      return await known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await keys.renew())) throw error;
    }
    return (await keys.get())(header, token);
  };

  return {
    ready: async () => {
      await keys.get();
    },
    find,
  };
}

function toKeySet(subject: string, json: JsonObject): JWTVerifyGetKey {
  const keys = Array.isArray(json.keys) ? json.keys.filter(isObject) : [];
  if (keys.length === 0) throw new ProviderUnavailable(`${subject} holds no keys`);
  const forAll = toLocal(keys);
  if (keys.every((key) => key.issuer === undefined)) return forAll;
  return async (header, token) => {
    const issuer = issuerIn(token);
    return toLocal(keys.filter((key) => mayKeySignFor(key, issuer)))(header, token);
  };
}

function toLocal(keys: readonly JsonObject[]): JWTVerifyGetKey {
  return createLocalJWKSet({ keys } as unknown as JSONWebKeySet);
}

function issuerIn({ payload }: FlattenedJWSInput): unknown {
  const text = typeof payload === "string" ? payload : Buffer.from(payload).toString();
  return peekClaims(`e30.${text}.`)?.iss;
}
