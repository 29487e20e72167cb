/** Who is compared, in the order of the report. The first is the measure of all others. */
import { floor } from "./floor.ts";
import { gateWith } from "./gate.ts";
import { httpProxy } from "./http-proxy.ts";
import { nginx } from "./nginx.ts";
import type { Subject } from "./subject.ts";

export function allSubjects(gateArguments: readonly string[]): readonly Subject[] {
  return [nginx, gateWith(gateArguments), floor, httpProxy];
}
