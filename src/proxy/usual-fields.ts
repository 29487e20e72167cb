/**
 * The header fields that are often seen and mean nothing to the gate: the table of `field-actions` passes them on without a
 * closer look. A name that is missing here costs its message some time, and changes nothing else.
 */

/** Of requests, as browsers spell them. */
export const usualRequest = [
  ...["Accept", "Accept-Encoding", "Accept-Language", "User-Agent", "Referer", "Content-Type"],
  ...["Cache-Control", "Pragma", "If-None-Match", "If-Modified-Since", "If-Range", "Range", "DNT"],
  ...["Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User", "Priority", "Via"],
  ...["Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-CH-UA-Platform", "Upgrade-Insecure-Requests"],
  ...["X-Requested-With", "X-Request-ID", "X-CSRF-Token", "Last-Event-ID", "Sec-GPC"],
  ...["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions"],
];

/** Of answers, as servers spell them. */
export const usualResponse = [
  ...["Date", "Server", "ETag", "Last-Modified", "Vary", "Content-Encoding", "Content-Language"],
  ...["Accept-Ranges", "Content-Range", "Expires", "Location", "Link", "Age", "Pragma"],
  ...["Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"],
  ...["Strict-Transport-Security", "X-Powered-By", "X-Request-ID", "Content-Disposition"],
  ...["Access-Control-Allow-Origin", "Permissions-Policy"],
];
