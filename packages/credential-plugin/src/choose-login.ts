/** What was asked for: `auto` leaves the choice to the circumstances. */
export type LoginMethod = 'auto' | 'browser' | 'link' | 'device'

export interface Circumstances {
  readonly asked: LoginMethod
  /** Whether somebody is there, who reads what is printed. */
  readonly attended: boolean
  /** Whether a browser can be expected to open on this screen. */
  readonly desktop: boolean
  /** Whether the issuer offers the device flow (RFC 8628). */
  readonly deviceFlow: boolean
}

/**
 * How to log in: `browser` opens one, `link` leaves that to the person, `device` lets them use a browser on
 * another machine. Where nobody is there, undefined, unless somebody says how. Pure.
 */
export function chooseLogin({
  asked,
  attended,
  desktop,
  deviceFlow,
}: Circumstances): 'browser' | 'link' | 'device' | undefined {
  if (asked !== 'auto') return asked
  if (!attended) return undefined
  if (desktop) return 'browser'
  return deviceFlow ? 'device' : 'link'
}
