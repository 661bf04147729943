import { createHash } from 'node:crypto'
import type { Login } from '@gatehouse/dex-test-powers'
import { redactText } from '@gatehouse/server'
import { LRUCache } from 'lru-cache'
import type { LoginJournal, LoginNote } from '../login/journal.ts'
import type { IssuerClock } from '../time/clock.ts'

/** Logins that are remembered; the least recent one is forgotten first. */
const MOST_LOGINS = 1000
const MOST_EVENTS = 200

/** A journal that can be read. */
export interface ReadableJournal extends LoginJournal {
  /** The latest first. */
  readonly list: () => readonly Login[]
  readonly find: (id: string) => Login | undefined
  readonly clear: () => void
}

export function createJournal(clock: IssuerClock): ReadableJournal {
  const logins = new LRUCache<string, Login>({ max: MOST_LOGINS })
  const byGrant = new LRUCache<string, string>({ max: MOST_LOGINS })
  const grantOfIssued = new LRUCache<string, string>({ max: 4 * MOST_LOGINS })
  const note = (id: string | undefined, { reason, ...rest }: LoginNote) => {
    const login = id === undefined ? undefined : logins.get(id)
    if (!login || login.events.length >= MOST_EVENTS) return
    const at = new Date(clock.now()).toISOString()
    login.events.push({ at, ...rest, ...(reason === undefined ? {} : { reason: redactText(reason) }) })
  }
  return {
    requested(requestID, { connectorID, redirectURI, scopes, clientID }) {
      const id = idOf(requestID)
      logins.set(id, {
        id,
        clientID,
        redirectURI: withoutQuery(redirectURI),
        scopes: [...scopes],
        events: [],
      })
      note(id, { event: 'requested', connectorID })
    },
    note: (requestID, facts) => note(idOf(requestID), facts),
    granted: (requestID, grantID) => void byGrant.set(idOf(grantID), idOf(requestID)),
    issued: (codeOrToken, grantID) => void grantOfIssued.set(idOf(codeOrToken), idOf(grantID)),
    noteOfGrant(grantIDOrIssued, facts) {
      const id = idOf(grantIDOrIssued)
      note(byGrant.get(grantOfIssued.get(id) ?? id), facts)
    },
    list: () => [...logins.values()],
    find: (id) => logins.peek(id),
    clear() {
      logins.clear()
      byGrant.clear()
      grantOfIssued.clear()
    },
  }
}

/** The id of a request opens it for the browser that began it; the journal names it by another. */
function idOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, 22)
}

function withoutQuery(uri: string): string {
  return uri.split('?')[0]!
}
