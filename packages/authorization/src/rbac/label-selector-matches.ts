import type { LabelSelector } from './objects.ts'

/**
 * Whether labels meet a selector (`meta/v1` LabelSelectorAsSelector); the empty selector meets everything.
 * An operator that does not exist meets nothing. Pure.
 */
export function labelSelectorMatches(
  { matchLabels, matchExpressions }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  const valueOf = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined)
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => valueOf(key) === value) &&
    (matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = valueOf(key)
      const isListed = value !== undefined && (values ?? []).includes(value)
      switch (operator) {
        case 'In':
          return isListed
        case 'NotIn':
          return !isListed
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
        default:
          return false
      }
    })
  )
}
