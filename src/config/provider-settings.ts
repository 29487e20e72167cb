/**
 * Turns the checked entries of `providers` into provider settings: names filled in and unique, secrets read, and what a
 * provider must have for the options that are on. What only the provider can judge it judges when it is built.
 */
import type { ProviderSettings } from "../provider/settings.ts";
import type { FileReader } from "./files.ts";
import { withoutNewline } from "./files.ts";
import type { Report } from "./report.ts";
import type { ProviderTree } from "./schema-providers.ts";
import type { Path } from "./tree.ts";

const displayNames = { nous: "Nous Research", oidc: "Single sign-on", github: "GitHub" } as const;

export interface NamedProvider {
  readonly path: Path;
  readonly name: string;
  readonly tree: ProviderTree;
}

/** The entries with their names: `name`, else the type. A second one of a name is a problem. */
export function nameProviders(entries: readonly ProviderTree[], report: Report): NamedProvider[] {
  const seen = new Set<string>();
  return entries.map((tree, index) => {
    const name = tree.name ?? tree.type;
    const path = ["providers", index];
    if (seen.has(name)) {
      const unique = `must have a name of its own, and "${name}" is taken`;
      report.refuse([...path, "name"], unique, 'give it a "name": cookies and links carry it');
    }
    seen.add(name);
    return { path, name, tree };
  });
}

/** The settings of one provider; undefined when a secret is missing. `keepClaims` are those that its rules name. */
export function providerSettings(
  { path, name, tree }: NamedProvider,
  keepClaims: readonly string[],
  files: FileReader,
  report: Report,
): ProviderSettings | undefined {
  const common = {
    name,
    displayName: tree.display_name ?? defaultDisplayName(tree, name),
    keepClaims,
  };
  switch (tree.type) {
    case "nous":
      return { ...common, type: "nous", clientId: tree.client_id, portalUrl: tree.portal_url };
    case "module": {
      const {
        type: _type,
        name: _name,
        display_name: _shown,
        allow: _allow,
        module,
        ...options
      } = tree;
      const located = module.startsWith("file:")
        ? module
        : files.locate([...path, "module"], module);
      return { ...common, type: "module", module: located, options };
    }
    case "github": {
      const clientSecret = readClientSecret(path, tree, files, report);
      if (clientSecret === undefined) {
        if (tree.client_secret_file === undefined) {
          const set = "set HERMES_GATE_GITHUB_CLIENT_SECRET_FILE or client_secret_file";
          report.refuse([...path, "client_secret"], "is required for GitHub", set);
        }
        return undefined;
      }
      return {
        ...common,
        type: "github",
        clientId: tree.client_id,
        clientSecret,
        allowOrgs: tree.allow_orgs,
        sessionSeconds: tree.session_seconds,
      };
    }
    case "oidc": {
      const clientSecret = readClientSecret(path, tree, files, report);
      judgeScopes(path, tree.scopes, report);
      return {
        ...common,
        type: "oidc",
        issuer: tree.issuer,
        clientId: tree.client_id,
        ...(clientSecret === undefined ? {} : { clientSecret }),
        ...(tree.scopes === undefined ? {} : { scopes: tree.scopes }),
        ...(tree.audience === undefined ? {} : { audience: tree.audience }),
        extraAuthorizeParams: tree.extra_authorize_params,
        groupsClaim: tree.groups_claim,
        sessionSeconds: tree.session_seconds,
        trustEmail: tree.trust_email,
        tokenEndpointAuth: tree.token_endpoint_auth,
      };
    }
  }
}

function defaultDisplayName(tree: ProviderTree, name: string): string {
  // Two buttons must not read alike, so a name that the operator chose shows.
  return tree.name === undefined && tree.type !== "module" ? displayNames[tree.type] : name;
}

function readClientSecret(
  path: Path,
  tree: {
    readonly client_secret?: string | undefined;
    readonly client_secret_file?: string | undefined;
  },
  files: FileReader,
  report: Report,
): string | undefined {
  const filePath = [...path, "client_secret_file"];
  if (tree.client_secret !== undefined && tree.client_secret_file !== undefined) {
    report.refuse(filePath, "must not stand beside client_secret", "remove one of the two");
    return undefined;
  }
  if (tree.client_secret_file === undefined) return tree.client_secret;
  const text = files.read(filePath, tree.client_secret_file);
  if (text === undefined) return undefined;
  const secret = withoutNewline(text);
  if (secret === "" || /[\x00-\x1f\x7f]/.test(secret)) {
    report.refuse(filePath, "must name a file that holds one line, the secret");
    return undefined;
  }
  return secret;
}

function judgeScopes(path: Path, scopes: readonly string[] | undefined, report: Report): void {
  if (scopes === undefined || scopes.includes("openid")) return;
  report.refuse([...path, "scopes"], 'must hold "openid"', "add it: without it no id_token comes");
}
