import { z } from 'zod'

/** Tokens and keys must not travel in the clear. */
export const httpsUrlSchema = z
  .string()
  .refine((value) => URL.parse(value)?.protocol === 'https:', 'must be a URL that starts with https://')
