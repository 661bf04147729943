/**
 * Go's garbage collector runs when a heap has grown to five times what lives, not to twice. An API server's start then
 * takes a sixth less of CPU time, for 150 MB of memory, and a kubectl, which lives for moments, as much less; a cluster
 * of the harness starts often and lives for minutes.
 */
export const RARE_COLLECTIONS = { GOGC: '400' } as const
