import { DexError } from '../../errors.ts'
import type { Claims, ClaimSettings } from './claims.ts'

/** The groups of an upstream issuer's claims, as far as the settings let them in. Pure. */
export function upstreamGroups(claims: Claims, settings: ClaimSettings): string[] {
  const { allowedGroups, claimModifications } = settings
  const given = settings.insecureEnableGroups ? filtered(claimedGroups(claims, settings), settings) : []
  const made = claimModifications.newGroupFromClaims.flatMap((rule) => groupFromClaims(claims, rule))
  const groups = [...given, ...made]
  if (allowedGroups.length === 0) return groups
  const allowed = groups.filter((group) => allowedGroups.includes(group))
  if (allowed.length > 0) return allowed
  throw new DexError('ERR_NOT_ALLOWED', 'the user is in none of allowedGroups')
}

function claimedGroups(claims: Claims, { claimMapping, overrideClaimMapping }: ClaimSettings): string[] {
  const { groups: other } = claimMapping
  const isOther = other !== undefined && (overrideClaimMapping || claims['groups'] === undefined)
  const name = isOther ? other : 'groups'
  const value = claims[name]
  if (value === undefined) return []
  if (typeof value === 'string') return [value]
  const names = Array.isArray(value) ? value.map(nameOf) : [undefined]
  if (names.every((group) => group !== undefined)) return names
  throw new DexError('ERR_UPSTREAM', `the upstream issuer's claim ${name} is no list of groups`)
}

/** A group is a text, or an object with a name. */
function nameOf(group: unknown): string | undefined {
  const name: unknown = isObject(group) ? group['name'] : group
  return typeof name === 'string' ? name : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function filtered(groups: string[], { claimModifications }: ClaimSettings): string[] {
  const { groupsFilter } = claimModifications.filterGroupClaims
  if (groupsFilter === '') return groups
  const pattern = new RegExp(groupsFilter, 'u')
  return groups.filter((group) => pattern.test(group))
}

/** A group whose name is made of other claims: prefix and values, with the delimiter between them. */
function groupFromClaims(
  claims: Claims,
  rule: ClaimSettings['claimModifications']['newGroupFromClaims'][number],
): string[] {
  const { delimiter, clearDelimiter, prefix } = rule
  const values = rule.claims.flatMap((name) => {
    const value = claims[name]
    if (typeof value !== 'string') return []
    return [clearDelimiter && delimiter !== '' ? value.replaceAll(delimiter, '') : value]
  })
  if (values.length === 0) return []
  return [[...(prefix === '' ? [] : [prefix]), ...values].join(delimiter)]
}
