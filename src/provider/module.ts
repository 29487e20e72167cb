/**
 * Providers that the operator brings as a module: one default export, a function of the settings, of what providers are
 * given, and of the kit. A broken one is refused with its reason, never a crash (contract 6); the registry judges what it returns.
 */
import { pathToFileURL } from "node:url";
import { importFile } from "../base/executable.ts";
import type { Provider } from "./contract.ts";
import { type ProviderDeps, SettingsRefused } from "./deps.ts";
import { type ProviderFactory, providerKit } from "./plug-in.ts";
import type { ModuleSettings } from "./settings.ts";

/** The provider that the module makes. Fails with SettingsRefused, which names the module. */
export async function loadProviderModule(
  settings: ModuleSettings,
  deps: ProviderDeps,
): Promise<Provider> {
  const { module, name } = settings;
  const factory = await importDefault(module);
  const provider = await call(module, () => factory(settings, deps, providerKit));
  if (typeof provider !== "object" || provider === null) {
    throw new SettingsRefused(`the module "${module}" returned no provider. Return an object`);
  }
  if (provider.name !== name) {
    throw new SettingsRefused(
      `the module "${module}" returned a provider named "${provider.name}", but "name" is "${name}". Name it settings.name`,
    );
  }
  return provider;
}

async function importDefault(module: string): Promise<ProviderFactory> {
  const url = module.startsWith("file:") ? module : pathToFileURL(module).href;
  const loaded: unknown = await call(module, () => importFile(url));
  const factory = (loaded as { readonly default?: unknown }).default;
  if (typeof factory === "function") return factory as ProviderFactory;
  throw new SettingsRefused(
    `the module "${module}" has no function as its default export. Export the one that makes the provider`,
  );
}

async function call<T>(module: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    // Node adds which file of the gate imported it, of which an operator can make nothing.
    const message = told.replace(/ imported from \S+$/, "");
    throw new SettingsRefused(`the module "${module}" failed: ${message}`);
  }
}
