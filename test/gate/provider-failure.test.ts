import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../../src/base/errors.ts";
import { providerFailure } from "../../src/gate/provider-failure.ts";
import { InvalidCode, LoginRefused, ProviderUnavailable } from "../../src/provider/contract.ts";
import { exchange } from "../support/exchange.ts";
import { logInto } from "../support/session-parts.ts";

const failures: readonly (readonly [error: Error, code: ErrorCode, line: string, more?: object])[] =
  [
    [
      new InvalidCode("too large", { tooLarge: true }),
      "login_token_too_large",
      "warn the provider's token is too large: let it hold fewer claims, mostly groups",
    ],
    [
      new InvalidCode("no such code"),
      "login_invalid_code",
      "warn the sign-in code, or what came for it, was not accepted",
    ],
    [
      new LoginRefused("access_denied", "not today"),
      "login_refused",
      "info the provider refused the sign-in",
      { provider_error: "access_denied" },
    ],
    [
      new ProviderUnavailable("down"),
      "provider_unavailable",
      "warn provider idp cannot be used: down",
    ],
    [
      new ProviderUnavailable("invalid_client", { misconfigured: true }),
      "provider_unavailable",
      "error provider idp cannot be used: invalid_client",
    ],
    [
      new TypeError("broken"),
      "internal",
      "error provider idp failed in a way that it does not name: a bug",
    ],
  ];

for (const [error, code, line, more] of failures) {
  test(`S9: ${error.name} "${error.message}" is ${code}, with a line for the operator`, () => {
    const lines: string[] = [];
    const failure = providerFailure({ log: logInto(lines) }, exchange(), "idp", error);
    assert.deepEqual([failure.code, failure.facts], [code, { provider: "idp" }]);
    assert.equal(failure.cause, error);
    const fields = { request_id: "test-request", provider: "idp", err: error, ...more };
    assert.deepEqual(lines, [`${line} ${JSON.stringify(fields)}`]);
  });
}
