/**
 * A stand-in for the account service of the example, for its test: every person who comes is signed in at once. Codes work
 * once and with their verifier; a refresh token works once, and one that is used again ends all of its family.
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Service {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Who comes next: `alice`. */
  person: string;
  revokeAll(): void;
  close(): Promise<void>;
}

interface Family {
  readonly person: string;
  refreshToken?: string;
}

export async function startService(accessTokenSeconds: number): Promise<Service> {
  const codes = new Map<string, { readonly person: string; readonly challenge: string }>();
  /** By access token and by refresh token, old ones too. */
  const families = new Map<string, Family>();

  function authorize(query: URLSearchParams): string {
    const code = randomUUID();
    codes.set(code, { person: service.person, challenge: query.get("code_challenge") ?? "" });
    const back = new URLSearchParams({ code, state: query.get("state") ?? "" });
    return `${query.get("redirect_uri")}?${back}`;
  }

  function familyOf(form: URLSearchParams): Family | undefined {
    if (form.get("grant_type") === "authorization_code") {
      const code = codes.get(form.get("code") ?? "");
      codes.delete(form.get("code") ?? "");
      const challenge = createHash("sha256").update(form.get("code_verifier") ?? "");
      return code?.challenge === challenge.digest("base64url")
        ? { person: code.person }
        : undefined;
    }
    const sent = form.get("refresh_token") ?? "";
    const family = families.get(sent);
    if (family === undefined || family.refreshToken === sent) return family;
    delete family.refreshToken;
    return undefined;
  }

  function tokensFor(form: URLSearchParams): object | undefined {
    const family = familyOf(form);
    if (family === undefined) return undefined;
    const accessToken = randomUUID();
    family.refreshToken = randomUUID();
    families.set(accessToken, family).set(family.refreshToken, family);
    return {
      access_token: accessToken,
      refresh_token: family.refreshToken,
      expires_in: accessTokenSeconds,
    };
  }

  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://service");
    const json = (status: number, value: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (pathname === "/authorize") {
      return response.writeHead(302, { location: authorize(searchParams) }).end();
    }
    if (pathname === "/token") {
      const tokens = tokensFor(new URLSearchParams(body));
      return tokens === undefined ? json(400, { error: "invalid_grant" }) : json(200, tokens);
    }
    const family = families.get(request.headers.authorization?.replace("Bearer ", "") ?? "");
    return family === undefined
      ? json(401, {})
      : json(200, { id: `acme-${family.person}`, name: family.person });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const service: Service = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    person: "alice",
    revokeAll: () => families.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return service;
}
