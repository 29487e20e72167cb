/** The operator's line for an error that a client is shown: code, facts and cause, by how much it needs a look (S101). */
import { errorCatalogue, type GateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Exchange } from "../http/exchange.ts";

export function logFailure(log: Log, exchange: Pick<Exchange, "id">, error: GateError): void {
  const { status } = errorCatalogue[error.code];
  const fields = { request_id: exchange.id, code: error.code, ...error.facts, err: error.cause };
  if (error.code === "internal") log.error(fields, error.message);
  else if (status >= 500) log.warn(fields, error.message);
  else log.debug(fields, error.message);
}
