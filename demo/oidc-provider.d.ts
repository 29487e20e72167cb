/** The part of `oidc-provider` that the demo uses: the package brings no types of its own. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export interface Interaction {
    readonly uid: string;
    readonly prompt: { readonly name: string };
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  /** The Koa context, as far as the hooks here read it. */
  export interface Context {
    type: string;
    body: unknown;
    readonly query: Readonly<Record<string, unknown>>;
    readonly response: { get(field: string): string };
    /** Absent until a route of the provider matched. */
    readonly oidc: {
      readonly route: string;
      readonly body?: Readonly<Record<string, unknown>>;
      readonly client: { readonly clientId: string };
      readonly session: { readonly accountId?: string };
      readonly provider: Provider;
      readonly requestParamScopes: ReadonlySet<string>;
    };
  }

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    readonly Grant: new (owner: {
      readonly clientId: string;
      readonly accountId: string | undefined;
    }) => Grant;
    readonly Client: {
      readonly prototype: {
        redirectUriAllowed(uri: string): boolean;
        postLogoutRedirectUriAllowed(uri: string): boolean;
      };
    };
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Readonly<Record<string, unknown>>,
    ): Promise<void>;
  }
}
