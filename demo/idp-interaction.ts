/** What a person does at the demo's identity provider: sign in by name, or cancel. Consent is never asked for. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";
import { signInPage } from "./idp-pages.ts";
import type { IdpAccount } from "./idp-setup.ts";

/** The sign-in form: GET shows it, POST takes `user` and signs in, or gives up on `action=cancel`. */
export async function interact(
  provider: Provider,
  accounts: ReadonlyMap<string, IdpAccount>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid, prompt } = await provider.interactionDetails(request, response);
  const finish = (result: Readonly<Record<string, unknown>>) =>
    provider.interactionFinished(request, response, result);
  if (prompt.name === "consent") return finish({ consent: {} });

  const action = `/interaction/${uid}`;
  const names = [...accounts.keys()];
  if (request.method !== "POST") return sendHtml(response, 200, signInPage(action, names));

  const form = new URLSearchParams(await readText(request));
  if (form.get("action") === "cancel") {
    return finish({
      error: "access_denied",
      error_description: "The person cancelled the sign-in",
    });
  }
  const user = form.get("user") ?? "";
  const account = accounts.get(user);
  if (account === undefined) return sendHtml(response, 422, signInPage(action, names, user));
  return finish({ login: { accountId: account.sub } });
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > 16_384) throw new Error("the form is too large");
  }
  return text;
}

export function sendHtml(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8" }).end(html);
}
