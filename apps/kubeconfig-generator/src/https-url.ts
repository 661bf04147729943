import { z } from 'zod'

/**
 * An address that stands in kubeconfigs, as it is written here. Tokens and keys must not travel in the clear;
 * whoever has a file has what stands before an @; and readers disagree on white space, which some leave out.
 */
export const httpsUrlSchema = z
  .string()
  .refine((value) => URL.parse(value)?.protocol === 'https:', 'must be a URL that starts with https://')
  .refine((value) => {
    const url = URL.parse(value)
    return url === null || !(url.username || url.password || url.search || url.hash || /[\s\\]/.test(value))
  }, 'must be an address only: no user, no query, no white space')
