/** Signs in at the demo's identity provider as a browser would, without one: follows redirects, keeps cookies, fills in the form. */

export interface SignInOptions {
  /** Default alice. */
  readonly user?: string;
  /** Presses Cancel instead. */
  readonly cancel?: boolean;
}

/** From the authorization URL to the callback: the first URL outside the provider's origin. Fails when there is none. */
export async function signInAtIdp(url: string, options: SignInOptions = {}): Promise<URL> {
  const { origin } = new URL(url);
  const cookies = new Map<string, string>();
  let next = new URL(url);
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 12; step += 1) {
    const response = await fetch(next, {
      redirect: "manual",
      headers: { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form === undefined ? {} : { method: "POST", body: form }),
    });
    form = undefined;
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) {
      const page = await response.text();
      const action = /<form id="sign-in" method="post" action="([^"]+)"/.exec(page)?.[1];
      if (action === undefined) throw new Error(`no form at ${next.pathname}: ${page}`);
      next = new URL(action, next);
      form = new URLSearchParams({
        user: options.user ?? "alice",
        action: options.cancel === true ? "cancel" : "sign-in",
      });
      continue;
    }
    next = new URL(location, next);
    if (next.origin !== origin) return next;
  }
  throw new Error("the provider does not stop redirecting");
}
