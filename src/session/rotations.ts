/**
 * Tells the processes that share a store how far each session has been refreshed, so that a late answer of one of them does
 * not set a browser back to cookies that another's answer has replaced (S66). Heard or not, nothing else depends on it.
 */
import type { Store } from "../store/contract.ts";
import type { Session } from "./session.ts";

export interface Rotation {
  readonly sessionId: string;
  /** Of the new state. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const channel = "session-rotated";

/** The function that tells of a new state. Every rotation is heard by `onRotation`, our own too. */
export function createRotations(
  store: Store,
  onRotation: (rotation: Rotation) => void,
): (session: Session) => void {
  void store.subscribe(channel, (message) => {
    const [issuedAt, expiresAt, ...id] = message.split(" ");
    const rotation = { issuedAt: Number(issuedAt), expiresAt: Number(expiresAt) };
    if (!Object.values(rotation).every(Number.isFinite)) return;
    onRotation({ sessionId: id.join(" "), ...rotation });
  });
  return ({ id, issuedAt, expiresAt }) => {
    store.publish(channel, `${issuedAt} ${expiresAt} ${id}`, 0).catch(() => {});
  };
}
