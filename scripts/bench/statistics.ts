/** The middle of `values`; the mean of the two in the middle where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * An interval that holds the true median with at least 95 % (order statistics of the binomial
 * distribution); the whole range where there are too few values for that.
 */
export function medianInterval(values: readonly number[]): readonly [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b)
  const count = sorted.length
  let rank = 0
  for (let outside = 2 * 0.5 ** count; rank + 1 < count / 2;) {
    outside += 2 * binomial(count, rank + 1) * 0.5 ** count
    if (outside > 0.05) break
    rank++
  }
  return [sorted[rank] ?? NaN, sorted[count - 1 - rank] ?? NaN]
}

function binomial(n: number, k: number): number {
  let result = 1
  for (let index = 1; index <= k; index++) result = (result * (n - k + index)) / index
  return result
}
