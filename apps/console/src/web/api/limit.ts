/** Runs at most `most` of the given tasks at once, in the order in which they came. */
export function createLimit(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await task()
    } finally {
      // The place goes to the next one, or is free again.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
