const ATTEMPTS = 3
const PAUSE_MS = 500

/**
 * Asks again, a little later, where there was no answer at all: a browser drops what is under way when the machine's
 * network changes, as it does whenever a container starts. What is asked must be safe to be asked twice.
 */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      // Of fetch itself; whatever somebody has answered is none.
      if (!(error instanceof TypeError) || attempt === ATTEMPTS) throw error
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
    }
  }
}
