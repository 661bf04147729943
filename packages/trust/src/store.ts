import { X509Certificate } from 'node:crypto'

/** An authority, by the name under which stores know it. */
export interface Anchor {
  /** Fit for a file name: letters, digits and hyphens. */
  readonly name: string
  /** The name in its certificate. */
  readonly commonName: string
  /** PEM; undefined when the authority is gone, and only what stores still know is to go, too. */
  readonly certificate: string | undefined
  /** Where the PEM is, for commands that people are told to run. */
  readonly certificateFile: string
}

/** `outdated`: another certificate is known under the anchor's name, an earlier one for instance. */
export type StoreState = 'trusted' | 'outdated' | 'absent'

/** One place where programs look up whom to trust. Changes happen as a whole or not at all. */
export interface TrustStore {
  readonly title: string
  readonly place: string
  /** @throws TrustError when it can't be read */
  readonly state: (anchor: Anchor) => Promise<StoreState>
  /** @throws TrustError, and then nothing has changed */
  readonly add: (anchor: Anchor) => Promise<void>
  /** @throws TrustError, and then nothing has changed */
  readonly remove: (anchor: Anchor) => Promise<void>
  /** What to type where this user or this machine can't do it. */
  readonly byHand: (change: 'add' | 'remove', anchor: Anchor) => readonly string[]
}

/** Whether both are one certificate, whatever the line breaks in their PEM. */
export function isSame(pem: string, other: string | undefined): boolean {
  if (other === undefined) return false
  return new X509Certificate(pem).fingerprint256 === new X509Certificate(other).fingerprint256
}
