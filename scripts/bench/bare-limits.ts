/** What the gateway's own connections to the services have. */
export const idleSocketMs = 20_000

/** Longer than any client's idle connection, so that none is closed under a request. */
export const alwaysOpenMs = 65_000
