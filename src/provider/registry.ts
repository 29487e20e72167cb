/**
 * The providers of this gate, in the order of the configuration. One that cannot be built is left out with its reason, so
 * that a mistake in one does not take the others down (contract 6).
 */
import type { Provider } from "./contract.ts";
import { type ProviderDeps, SettingsRefused } from "./deps.ts";
import { createGithubProvider } from "./github.ts";
import { loadProviderModule } from "./module.ts";
import { createNousProvider } from "./nous.ts";
import { createOidcProvider } from "./oidc.ts";
import { type ProviderSettings, providerName, providerNameRule } from "./settings.ts";

export interface Registry {
  /** In order. */
  readonly providers: readonly Provider[];
  find(name: string): Provider | undefined;
}

export interface SkippedProvider {
  readonly name: string;
  /** Setting, rule and mend, for the operator. */
  readonly reason: string;
}

/** A registry of finished providers. Fails with SettingsRefused on a duplicate name or an incomplete provider. */
export function createRegistry(providers: readonly Provider[]): Registry {
  const byName = new Map<string, Provider>();
  for (const provider of providers) addTo(byName, provider);
  return registryOf(byName);
}

/** Builds every provider that can be built. Asks nothing of the network; never fails. */
export async function buildRegistry(
  settings: readonly ProviderSettings[],
  deps: ProviderDeps,
): Promise<{ readonly registry: Registry; readonly skipped: readonly SkippedProvider[] }> {
  const built = new Map<string, Provider>();
  const skipped: SkippedProvider[] = [];
  for (const one of settings) {
    try {
      addTo(built, await build(one, deps));
    } catch (error) {
      const reason = error instanceof SettingsRefused ? error.message : `cannot be built: ${error}`;
      skipped.push({ name: one.name, reason });
    }
  }
  return { registry: registryOf(built), skipped };
}

function registryOf(byName: ReadonlyMap<string, Provider>): Registry {
  return { providers: [...byName.values()], find: (name) => byName.get(name) };
}

/** Fails with SettingsRefused when the provider is not whole, or its name is taken. */
function addTo(byName: Map<string, Provider>, provider: Provider): void {
  judgeProvider(provider);
  const { name } = provider;
  if (byName.has(name)) {
    throw new SettingsRefused(`there is a provider "${name}" already. Give one another name`);
  }
  byName.set(name, provider);
}

function build(settings: ProviderSettings, deps: ProviderDeps): Provider | Promise<Provider> {
  switch (settings.type) {
    case "oidc":
      return createOidcProvider(settings, deps);
    case "nous":
      return createNousProvider(settings, deps);
    case "github":
      return createGithubProvider(settings, deps);
    case "module":
      return loadProviderModule(settings, deps);
  }
}

const requiredParts = ["startLogin", "completeLogin", "refresh"] as const;
const optionalParts = ["verify", "revoke", "endSessionUrl"] as const;

/** A plug-in is not type-checked with us: what it lacks is found here and not by the first person who signs in. */
function judgeProvider(provider: Provider): void {
  const { name, displayName } = provider;
  if (typeof name !== "string" || !providerName.test(name)) {
    throw new SettingsRefused(`"name" ${providerNameRule}, got "${name}"`);
  }
  if (typeof displayName !== "string" || displayName.trim() === "") {
    throw new SettingsRefused(
      `"display_name" must not be empty. Set it to what the sign-in button is to say`,
    );
  }
  for (const part of requiredParts) {
    if (typeof provider[part] !== "function") {
      throw new SettingsRefused(
        `the provider "${name}" has no function "${part}". Every provider needs one`,
      );
    }
  }
  for (const part of optionalParts) {
    if (provider[part] !== undefined && typeof provider[part] !== "function") {
      throw new SettingsRefused(
        `"${part}" of the provider "${name}" is no function. Make it one, or leave it out`,
      );
    }
  }
}
