import assert from "node:assert/strict";
import { test } from "node:test";
import { complaints, goodFile, loaded } from "../support/config.ts";

test("hosts are compared in lower case, without final dot", (t) => {
  const file = `${goodFile}allowed_hosts: [Dash.Example., "[::1]", localhost]\n`;
  assert.deepEqual(loaded(t, { file }).allowedHosts, ["dash.example", "[::1]", "localhost"]);
});

for (const host of [
  "dash.example:443",
  "https://dash.example",
  "dash.example/x",
  "*.example",
  "a b",
]) {
  test(`refuses the allowed host ${host}`, (t) => {
    const [line] = complaints(t, { file: `${goodFile}allowed_hosts: [${JSON.stringify(host)}]\n` });
    assert.match(
      line ?? "",
      /"allowed_hosts\[0\]" must be a host name without scheme, port or path/,
    );
  });
}

test("origins are held as browsers send them", (t) => {
  const file = `${goodFile}websocket: { allowed_origins: ["HTTPS://App.Example:443", "http://localhost:3000"] }\n`;
  assert.deepEqual(loaded(t, { file }).websocket.allowedOrigins, [
    "https://app.example",
    "http://localhost:3000",
  ]);
});

for (const origin of [
  "app.example",
  "https://app.example/",
  "https://app.example/x",
  "null",
  "*",
  "ftp://x",
  "https://u@app.example",
]) {
  test(`refuses the origin ${origin}`, (t) => {
    const file = `${goodFile}websocket: { allowed_origins: [${JSON.stringify(origin)}] }\n`;
    assert.match(
      complaints(t, { file })[0] ?? "",
      /"websocket\.allowed_origins\[0\]" must be an origin/,
    );
  });
}

for (const name of [
  "Host",
  "Cookie",
  "authorization",
  "Connection",
  "Content_Length",
  "Transfer-Encoding",
  "UPGRADE",
  "X-Forwarded-For",
  "Sec-Fetch-Site",
]) {
  test(`S22: refuses ${name} as an identity header`, (t) => {
    const [line] = complaints(t, { file: `${goodFile}identity_headers: { ${name}: email }\n` });
    assert.match(
      line ?? "",
      new RegExp(`"identity_headers\\.${name}" must not be a header of HTTP itself`),
    );
  });
}

test("identity headers replace the default ones and keep their spelling", (t) => {
  const { identityHeaders } = loaded(t, {
    file: `${goodFile}identity_headers: { X-WEBAUTH-USER: email }\n`,
  });
  assert.deepEqual([...identityHeaders], [["X-WEBAUTH-USER", "email"]]);
  assert.equal(loaded(t, { file: goodFile }).identityHeaders.get("X-Forwarded-Groups"), "groups");
});

test("refuses identity headers that servers take for one, fields that do not exist, and names that are none", (t) => {
  const rows: readonly (readonly [map: string, rule: RegExp])[] = [
    ["{ X-User: email, x_user: groups }", /"identity_headers\.x_user" must differ from "X-User"/],
    ["{ X-User: mail }", /"identity_headers\.X-User" must be "user_id", "email"/],
    ['{ "X User": email }', /"identity_headers\.X User" must be a header name/],
  ];
  for (const [map, rule] of rows) {
    assert.match(complaints(t, { file: `${goodFile}identity_headers: ${map}\n` })[0] ?? "", rule);
  }
});

const shapes: readonly (readonly [line: string, rule: RegExp])[] = [
  ["session: { cookie_prefix: __Host-x }", /"session\.cookie_prefix" must be letters, digits/],
  ["session: { cookie_prefix: 'a b' }", /"session\.cookie_prefix" must be letters, digits/],
  ["api_prefixes: [/api]", /"api_prefixes\[0\]" must begin and end with "\/"/],
  ["api_prefixes: [/]", /"api_prefixes\[0\]" must begin and end with "\/"/],
  ["api_prefixes: [/a/../]", /"api_prefixes\[0\]" must begin and end with "\/"/],
  ["gate_base: gate", /"gate_base" must be empty or a path/],
  ["gate_base: /..", /"gate_base" must be empty or a path/],
  ["public_paths: [/a/../b]", /: "public_paths\[0\]" must be a plain path, got "\/a\/\.\.\/b"$/],
  [
    "trusted_proxies: [0.0.0.0/0]",
    /: "trusted_proxies\[0\]" must name your .+, got "0\.0\.0\.0\/0"$/,
  ],
  ["trusted_proxies: ['::/0']", /"trusted_proxies\[0\]"/],
  ["websocket: { auth: [] }", /"websocket\.auth" must name at least one way/],
  ["store: disk", /"store" must be "memory"/],
  ["threads: 2", /"threads" is not a known key/],
  ["tls: { cert: x }", /"tls.cert" must stand beside tls.key/],
  ["tls: { key: x }", /"tls.key" must stand beside tls.cert/],
  ["tls: { cert: x, key: x }", /"tls.cert" must name a file that can be read \(ENOENT\)/],
  ["tls: { cert: config.yaml, key: config.yaml }", /"tls.cert" must name a file with a PEM cert/],
  ["admin_listen: here", /"admin_listen" must be ":4180", "host:port" or "unix:\/path"/],
  ["admin_listen: 127.0.0.1:4180", /"admin_listen" must be another address than listen/],
  ["admin_listen: :4180", /"admin_listen" must be another address than listen/],
];

for (const [text, rule] of shapes) {
  test(`refuses ${text}`, (t) => {
    assert.match(complaints(t, { file: `${goodFile}${text}\n` })[0] ?? "", rule);
  });
}
