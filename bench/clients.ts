/** The clients that the subjects are at the identity provider of a run. */
import { publicClient } from "../demo/idp.ts";

export const apacheClient = {
  clientId: "mod-auth-openidc",
  clientSecret: "bench-secret-of-mod-auth-openidc",
};
export const oauth2ProxyClient = {
  clientId: "oauth2-proxy",
  clientSecret: "bench-secret-of-oauth2-proxy",
};
export const allClients = [publicClient, apacheClient, oauth2ProxyClient];
