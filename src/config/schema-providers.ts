/**
 * The keys of `providers[]` and of `allow`, with their defaults. Apart from the rest of the schema since an entry's kind
 * decides its keys. What a provider needs to be usable at all is judged in `providers.ts`, with the environment at hand.
 */
import { z } from "zod";
import { nousClientId, providerName, providerNameRule } from "../provider/settings.ts";
import { bool, choice, integer, list, pattern, section, serverUrl, text, texts } from "./values.ts";

const email = pattern(/^[^\s@]+@[^\s@]+$/, "must be one e-mail address");
const domain = pattern(
  /^(?!-)[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u,
  'must be a domain as "example.org": no "@", no "*"',
);

const claimRule = "must be a text, a number, true or false, or a list of these";
const claimValue = z.union([z.string(), z.number(), z.boolean()], claimRule);

export const allowRules = section({
  emails: list(email).default([]),
  email_domains: list(domain).default([]),
  groups: texts().default([]),
  subjects: texts().default([]),
  claims: z
    .record(
      z.string().min(1),
      z.union([claimValue, list(claimValue)], claimRule),
      "must be a map of claim names",
    )
    .default({}),
});

export const allow = z.union(
  [z.literal("everyone"), allowRules],
  'must be "everyone" or a section of rules',
);

const common = {
  name: pattern(providerName, providerNameRule).optional(),
  display_name: text("must be text", 100).optional(),
  allow: allow.optional(),
};

const secret = {
  client_secret: text("must be text").optional(),
  client_secret_file: text("must be the path of a file").optional(),
};

const oidc = section({
  type: z.literal("oidc"),
  ...common,
  issuer: serverUrl(),
  client_id: text(),
  ...secret,
  scopes: list(
    pattern(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "must be one scope, without spaces"),
  ).optional(),
  audience: text().optional(),
  extra_authorize_params: z
    .record(z.string().min(1), z.string("must be text"), "must be a map of parameters")
    .default({}),
  groups_claim: text().default("groups"),
  session_seconds: integer(1, 31_536_000).default(28_800),
  trust_email: bool().default(false),
  token_endpoint_auth: choice(["auto", "none", "basic", "post"]).default("auto"),
});

const nous = section({
  type: z.literal("nous"),
  ...common,
  client_id: pattern(nousClientId, 'must be "agent:" and the instance id'),
  portal_url: serverUrl().default("https://portal.nousresearch.com"),
});

const github = section({
  type: z.literal("github"),
  ...common,
  client_id: text(),
  ...secret,
  allow_orgs: list(
    pattern(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, "must be the name of an organisation"),
  ).default([]),
  session_seconds: integer(1, 31_536_000).default(28_800),
});

const module = z.looseObject(
  { type: z.literal("module"), ...common, module: text("must be the path of a module", 4096) },
  "must be a section of keys",
);

export const provider = z.discriminatedUnion("type", [oidc, nous, github, module], {
  error: (issue) =>
    issue.code === "invalid_union"
      ? 'must be "nous", "oidc", "github" or "module"'
      : "must be a section of keys",
});

export type AllowTree = z.output<typeof allow>;
export type ProviderTree = z.output<typeof provider>;
