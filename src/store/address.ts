/** Where a shared store is, read from its URL by the configuration: a type of its own, so that no part parses the URL again. */

export interface StoreAddress {
  readonly tls: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** The number of the database. */
  readonly database: number;
  /** The address for people: without user and password. */
  readonly shown: string;
}
