/** Where dex sends the browser back to; the client `console` is registered there with these two. */
export const SIGNED_IN_PATH = '/signed-in'
export const SIGNED_OUT_PATH = '/signed-out'
