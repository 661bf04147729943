/** Resolves once the tab is one that somebody can see; at once where it is. Rejects when `signal` aborts. */
export function untilVisible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (document.visibilityState === 'visible') return resolve()
    const listening = new AbortController()
    const settle = (end: () => void) => () => {
      listening.abort()
      end()
    }
    const onVisible = () => document.visibilityState === 'visible' && settle(resolve)()
    document.addEventListener('visibilitychange', onVisible, { signal: listening.signal })
    signal.addEventListener(
      'abort',
      settle(() => reject(signal.reason as Error)),
      { signal: listening.signal },
    )
    return undefined
  })
}

/** Calls `onHidden` each time the tab has been out of sight for `graceMs`. */
export function whenHiddenFor(graceMs: number, onHidden: () => void): Disposable {
  let timer: ReturnType<typeof setTimeout> | undefined
  const listening = new AbortController()
  const check = () => {
    clearTimeout(timer)
    if (document.visibilityState === 'hidden') timer = setTimeout(onHidden, graceMs)
  }
  document.addEventListener('visibilitychange', check, { signal: listening.signal })
  return {
    [Symbol.dispose]() {
      clearTimeout(timer)
      listening.abort()
    },
  }
}
