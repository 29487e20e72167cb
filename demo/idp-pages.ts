/**
 * The pages of the demo's identity provider: a sign-in form without a password, sign-out, and errors. Plain forms that a
 * person clicks and a script submits alike.
 */

const style = `
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a3f4a); --accent: light-dark(#3450c8, #93a8ff); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: light-dark(#f4f5f8, #15171c); color: light-dark(#1b1e25, #e7e9ee); }
main { box-sizing: border-box; width: min(26rem, calc(100vw - 2rem)); padding: 2rem; border: 1px solid var(--line); border-radius: 12px;
  background: light-dark(#fff, #1d2027); }
h1 { font-size: 1.25rem; margin: 0 0 .25rem; } p { margin: 0 0 1.25rem; opacity: .8; }
label { display: block; font-size: .875rem; margin-bottom: .25rem; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem .75rem; border: 1px solid var(--line);
  border-radius: 8px; background: transparent; color: inherit; }
button { font: inherit; width: 100%; margin-top: .75rem; padding: .55rem; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--line); background: transparent; color: inherit; }
button.primary { background: var(--accent); border-color: var(--accent); color: light-dark(#fff, #15171c); font-weight: 600; }
.wrong { color: light-dark(#b3261e, #ffb4ab); opacity: 1; }`;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>${body}</main></body></html>`;
}

/** The form that asks who is there. `names` are offered as suggestions; `unknown` is a name that no account has. */
export function signInPage(action: string, names: readonly string[], unknown?: string): string {
  const options = names.map((name) => `<option value="${escapeHtml(name)}">`).join("");
  const note =
    unknown === undefined
      ? `<p>Any of ${escapeHtml(names.join(", "))}. There is no password.</p>`
      : `<p class="wrong" role="alert">There is no account "${escapeHtml(unknown)}".</p>`;
  return page(
    "Demo identity provider",
    `<h1>Demo identity provider</h1>${note}
<form id="sign-in" method="post" action="${escapeHtml(action)}">
<label for="user">User name</label>
<input id="user" name="user" list="names" value="${escapeHtml(names[0] ?? "")}" autocomplete="username" autofocus>
<datalist id="names">${options}</datalist>
<button class="primary" type="submit" name="action" value="sign-in">Sign in</button>
<button type="submit" name="action" value="cancel">Cancel</button>
</form>`,
  );
}

/** `form` is the provider's own, with its id `op.logoutForm`. */
export function signOutPage(form: string): string {
  return page(
    "Sign out",
    `<h1>Sign out of the demo identity provider?</h1>${form}
<button class="primary" type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button type="submit" form="op.logoutForm">Stay signed in</button>`,
  );
}

export function signedOutPage(): string {
  return page("Signed out", "<h1>You are signed out.</h1>");
}

export function errorPage(error: string, description: string): string {
  return page("Error", `<h1>${escapeHtml(error)}</h1><p>${escapeHtml(description)}</p>`);
}
