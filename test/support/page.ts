/** Reads what a script needs from an HTML page: its forms and links. Enough for pages that we or the test IdP write. */

export interface PageForm {
  /** Absolute. */
  readonly action: string;
  readonly method: "GET" | "POST";
  /** The values that the page itself gives its fields, and the first button's: the one that the Enter key presses. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The first form of the page. Throws, with the start of the page, when there is none. */
export function firstForm(html: string, url: string): PageForm {
  const match = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html);
  if (match === null) throw new Error(`no form on ${url}: ${html.slice(0, 300)}`);
  const [, head = "", inner = ""] = match;
  const fields: Record<string, string> = {};
  let pressed = false;
  for (const [tag] of inner.matchAll(/<(?:input|button)\b[^>]*>/gi)) {
    const isButton = tag.toLowerCase().startsWith("<button");
    if (isButton && pressed) continue;
    pressed ||= isButton;
    const name = attribute(tag, "name");
    if (name !== undefined) fields[name] = attribute(tag, "value") ?? "";
  }
  return {
    action: new URL(attribute(head, "action") ?? url, url).href,
    method: attribute(head, "method")?.toUpperCase() === "POST" ? "POST" : "GET",
    fields,
  };
}

/** Every `href`, `src` and `action` of the page, as written but unescaped. */
export function addressesOn(html: string): readonly string[] {
  return [...html.matchAll(/\s(?:href|src|action)="([^"]*)"/gi)].map(([, value = ""]) =>
    unescapeHtml(value),
  );
}

/** The `href` of the first link that carries the class. Throws when there is none. */
export function linkWithClass(html: string, className: string): string {
  for (const [tag] of html.matchAll(/<a\b[^>]*>/gi)) {
    if (attribute(tag, "class")?.split(/\s+/).includes(className)) {
      return attribute(tag, "href") ?? "";
    }
  }
  throw new Error(`no link with class ${className}: ${html.slice(0, 300)}`);
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "i").exec(tag);
  return match === null ? undefined : unescapeHtml(match[1] ?? match[2] ?? "");
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(parseInt(code, 16)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
