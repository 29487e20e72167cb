import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestHeaders } from "../../src/http/exchange.ts";
import { isPageNavigation, isUnderAny, wantsHtml } from "../../src/http/navigation.ts";
import { exchange } from "../support/exchange.ts";

const navigate = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
const html = "text/html,application/xhtml+xml,*/*;q=0.8";

const cases: readonly [what: string, headers: RequestHeaders, page: boolean][] = [
  ["a browser's navigation", navigate, true],
  ["a navigation without a destination", { "sec-fetch-mode": "navigate" }, true],
  ["a navigation with any Accept", { ...navigate, accept: "*/*" }, true],
  ["an old client that names HTML", { accept: html }, true],
  ["an old client that names XHTML alone", { accept: "Application/XHTML+XML" }, true],
  ["a navigation of a frame", { ...navigate, "sec-fetch-dest": "iframe" }, false],
  ["a fetch", { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }, false],
  ["a fetch that names HTML", { "sec-fetch-mode": "cors", accept: html }, false],
  ["HTML asked for with a site alone", { "sec-fetch-site": "same-origin", accept: html }, false],
  ["HTML asked for with a user alone", { "sec-fetch-user": "?1", accept: html }, false],
  [
    "HTML asked for with a destination alone",
    { "sec-fetch-dest": "document", accept: html },
    false,
  ],
  ["an image", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }, false],
  ["Accept: */*", { accept: "*/*" }, false],
  ["no Accept", {}, false],
  ["Accept: text/*", { accept: "text/*" }, false],
  ["an Accept that refuses HTML", { accept: "text/html;q=0, application/json" }, false],
  ["an Accept that refuses HTML with decimals", { accept: "text/html; q=0.000" }, false],
  ["an Accept that wants HTML a little", { accept: "text/html;q=0.001" }, true],
  ["an Accept with a parameter that ends in q", { accept: "text/html;xq=0" }, true],
  ["JSON", { accept: "application/json" }, false],
  ["a script's navigation", { ...navigate, "x-requested-with": "XMLHttpRequest" }, false],
  ["a script that names HTML", { accept: html, "x-requested-with": "" }, false],
];

for (const [what, headers, page] of cases) {
  test(`S30: ${what} ${page ? "wants" : "does not want"} a page`, () => {
    assert.equal(wantsHtml(exchange({ headers })), page);
    assert.equal(isPageNavigation(exchange({ headers, url: "/sessions" }), ["/api/"]), page);
  });
}

test("S30: nothing under an API prefix is a page navigation", () => {
  const ask = (url: string) => isPageNavigation(exchange({ headers: navigate, url }), ["/api/"]);
  assert.equal(ask("/api/x?y"), false);
  assert.equal(ask("/apix"), true);
  assert.equal(
    isPageNavigation(exchange({ headers: navigate, url: "/h/api/x", prefix: "/h" }), ["/api/"]),
    false,
  );
});

const prefixes: readonly [path: string, prefix: string, under: boolean][] = [
  ["/api/x", "/api/", true],
  ["/api/", "/api/", true],
  ["/api", "/api/", false],
  ["/v1", "/v1", true],
  ["/v1/x", "/v1", true],
  ["/v10", "/v1", false],
  ["/API/x", "/api/", false],
];

for (const [path, prefix, under] of prefixes) {
  test(`${path} is ${under ? "" : "not "}under ${prefix}`, () => {
    assert.equal(isUnderAny(path, ["/other/", prefix]), under);
  });
}
