import assert from "node:assert/strict";
import { test } from "node:test";
import { accountPage } from "../../src/views/account.ts";
import { firstForm, linkWithClass } from "../support/page.ts";

const links = { homeHref: "/hermes/", logoutAction: "/hermes/auth/logout" };

test("shows who is signed in, the way to the dashboard and the way out", () => {
  const { status, body } = accountPage({
    ...links,
    identity: {
      userId: "u-1",
      email: "jane@example.com",
      displayName: "Jane Doe",
      username: "jane",
      orgId: "org-1",
      groups: ["admins", "ops"],
    },
    providerName: "Example",
  });
  assert.equal(status, 200);
  const shown = [...body.matchAll(/<dt>([^<]*)<\/dt><dd[^>]*>([^<]*)<\/dd>/g)].map((m) =>
    m.slice(1),
  );
  assert.deepEqual(shown, [
    ["Name", "Jane Doe"],
    ["Email", "jane@example.com"],
    ["User", "jane"],
    ["Organisation", "org-1"],
    ["Groups", "admins, ops"],
    ["Provider", "Example"],
  ]);
  assert.equal(linkWithClass(body, "button"), "/hermes/");
  const form = firstForm(body, "https://gate.example/");
  assert.deepEqual(form, {
    action: "https://gate.example/hermes/auth/logout",
    method: "POST",
    fields: {},
  });
});

test("leaves out what the provider does not say, and names the user by id then", () => {
  const { body } = accountPage({
    ...links,
    identity: { userId: "u-1", groups: [] },
    providerName: "Example",
  });
  assert.deepEqual(
    [...body.matchAll(/<dt>([^<]*)</g)].map((m) => m[1]),
    ["User", "Provider"],
  );
  assert.match(body, />u-1</);
});

test("S105: every value is escaped", () => {
  const hostile = `"><script>alert('x')</script>`;
  const { body } = accountPage({
    homeHref: hostile,
    logoutAction: hostile,
    identity: {
      userId: hostile,
      email: hostile,
      displayName: hostile,
      username: hostile,
      orgId: hostile,
      groups: [hostile],
    },
    providerName: hostile,
  });
  assert.doesNotMatch(body, /<script/);
  assert.equal(body.match(/<dd/g)?.length, 6);
});

test("carries the cookies of a refresh and the origins of the sign-out form", () => {
  const { headers } = accountPage({
    ...links,
    identity: { userId: "u-1", groups: [] },
    providerName: "Example",
    headers: [["Set-Cookie", "a=b"]],
    formTargets: ["https://idp.example"],
  });
  assert.deepEqual(headers.at(-1), ["Set-Cookie", "a=b"]);
  const policy = headers.find(([name]) => name === "Content-Security-Policy")?.[1];
  assert.match(policy ?? "", /form-action 'self' https:\/\/idp\.example;/);
});
