/** Who is compared, in the order of the report. */
import { apache } from "./apache.ts";
import { direct } from "./direct.ts";
import { floor } from "./floor.ts";
import { gateWith } from "./gate.ts";
import { httpProxy, httpProxyAgent } from "./http-proxy.ts";
import { nginx, nginxLog } from "./nginx.ts";
import { nodePipe } from "./node-pipe.ts";
import { oauth2Proxy } from "./oauth2-proxy.ts";
import type { Subject } from "./subject.ts";

export function allSubjects(gateArguments: readonly string[]): readonly Subject[] {
  return [
    direct,
    nginx,
    nginxLog,
    nodePipe,
    gateWith(gateArguments),
    floor,
    httpProxy,
    httpProxyAgent,
    apache,
    oauth2Proxy,
  ];
}
