/** However much comes, the page is told ten times a second at most. */
export const FLUSH_MS = 100
export const FIRST_RETRY_MS = 1000
export const LONGEST_RETRY_MS = 15_000
/** A tab that nobody sees gives its connection back after this time. */
export const HIDDEN_GRACE_MS = 30_000
