/**
 * Apache with mod_auth_openidc, signed in: the way to put a sign-in before anything that Debian itself ships. Settings as the
 * package has them, except where they would hurt it here. Its connections are kept as long as everybody's, and each process
 * has threads for all of them: event MPM breaks kept connections when a process runs out of threads or ends for want of work.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apacheClient } from "../clients.ts";
import { freePort } from "../process.ts";
import { lacksProgram, versionLine } from "../tools.ts";
import { signInAtForm, startSubject } from "./start.ts";
import type { Subject } from "./subject.ts";

const modules = "/usr/lib/apache2/modules";
const loaded = [
  ...["mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc", "env"],
  ...["proxy", "proxy_http", "proxy_wstunnel", "reqtimeout", "setenvif"],
];

export const apache: Subject = {
  name: "mod_auth_openidc",
  setup:
    "Apache with event MPM (64 threads a process, connections and processes kept for the whole run, else as Debian has it), mod_auth_openidc and `ProxyPass`, signed in, sessions in its shared memory, Debian's access log; X-Forwarded-* set by mod_proxy",
  plays: ["requests", "transfers", "start-up", "sockets"],
  version: () => versionLine("apache2", ["-v"]),
  missing() {
    if (lacksProgram("apache2") === undefined && existsSync(`${modules}/mod_auth_openidc.so`)) {
      return undefined;
    }
    return "apache2 or its mod_auth_openidc not found: apt-get install apache2 libapache2-mod-auth-openidc";
  },
  async start({ upstream, directory, idp }) {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const home = join(directory, "apache");
    mkdirSync(home, { recursive: true });
    const file = join(home, "apache2.conf");
    idp.allowRedirect(`${origin}/oidc-callback`);
    writeFileSync(file, configuration({ home, port, upstream, issuer: idp.issuer }));
    return startSubject({
      command: "apache2",
      args: ["-f", file, "-DFOREGROUND"],
      origin,
      directory: home,
      log: join(home, "error.log"),
      signIn: () => signInAtForm(origin),
    });
  },
};

interface Place {
  readonly home: string;
  readonly port: number;
  readonly upstream: string;
  readonly issuer: string;
}

function configuration({ home, port, upstream, issuer }: Place): string {
  return `ServerRoot ${home}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${home}/apache2.pid
${loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join("\n")}
${process.getuid?.() === 0 ? "User www-data\nGroup www-data" : ""}
Timeout 300
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 300
StartServers 2
MinSpareThreads 25
MaxSpareThreads 128
ThreadLimit 64
ThreadsPerChild 64
MaxRequestWorkers 128
ErrorLog ${home}/error.log
LogLevel warn
LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
CustomLog ${home}/access.log combined

OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${apacheClient.clientId}
OIDCClientSecret ${apacheClient.clientSecret}
OIDCRedirectURI http://127.0.0.1:${port}/oidc-callback
OIDCCryptoPassphrase a-passphrase-of-this-run-alone
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCSessionInactivityTimeout 86400

ProxyPass / ${upstream}/ upgrade=websocket
ProxyPassReverse / ${upstream}/
ProxyPreserveHost On
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
`;
}
