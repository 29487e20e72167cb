/**
 * What the demo's identity provider remembers, in memory: one store a provider, so that several in one process share
 * nothing, and so that a test can revoke what a person was granted. Entries expire; when full, the expired go first, then the oldest.
 */

type Payload = Record<string, unknown> & {
  consumed?: number;
  readonly grantId?: string;
  readonly accountId?: string;
  readonly uid?: string;
};

interface Entry {
  readonly payload: Payload;
  readonly expiresAt: number;
}

const capacity = 50_000;

export interface IdpStore {
  /** The adapter of one model, in the form that `oidc-provider` asks for. */
  adapter(model: string): object;
  /** Forgets every token and grant of the account, or of all accounts: refresh tokens are `invalid_grant` from here on. */
  revoke(accountId?: string): void;
}

export function createIdpStore(): IdpStore {
  const entries = new Map<string, Entry>();

  function live(key: string): Payload | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > Date.now()) return entry.payload;
    entries.delete(key);
    return undefined;
  }

  function removeWhere(matches: (key: string, payload: Payload) => boolean): void {
    for (const [key, entry] of entries) if (matches(key, entry.payload)) entries.delete(key);
  }

  function removeExpired(): void {
    const now = Date.now();
    for (const [key, { expiresAt }] of entries) if (expiresAt <= now) entries.delete(key);
  }

  function put(key: string, payload: Payload, seconds: number | undefined): void {
    entries.delete(key);
    if (entries.size >= capacity) removeExpired();
    for (const oldest of entries.keys()) {
      if (entries.size < capacity) break;
      entries.delete(oldest);
    }
    entries.set(key, { payload, expiresAt: Date.now() + (seconds ?? 86_400) * 1000 });
  }

  function adapter(model: string): object {
    const keyOf = (id: string) => `${model}:${id}`;
    return {
      upsert: async (id: string, payload: Payload, seconds?: number) =>
        put(keyOf(id), payload, seconds),
      find: async (id: string) => live(keyOf(id)),
      findByUid: async (uid: string) => {
        for (const [key, entry] of entries) {
          if (key.startsWith(`${model}:`) && entry.payload.uid === uid) return live(key);
        }
        return undefined;
      },
      findByUserCode: async () => undefined,
      consume: async (id: string) => {
        const payload = live(keyOf(id));
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id: string) => {
        entries.delete(keyOf(id));
      },
      revokeByGrantId: async (grantId: string) =>
        removeWhere((key, payload) => key.startsWith(`${model}:`) && payload.grantId === grantId),
    };
  }

  const revocable = ["RefreshToken:", "AccessToken:", "AuthorizationCode:", "Grant:"];
  return {
    adapter,
    revoke: (accountId) =>
      removeWhere(
        (key, payload) =>
          revocable.some((prefix) => key.startsWith(prefix)) &&
          (accountId === undefined || payload.accountId === accountId),
      ),
  };
}
