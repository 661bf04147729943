import { z } from 'zod'

/** Twenty years: beyond it, dates lose their meaning to some clients. */
const MOST_SECONDS = 20 * 365 * 24 * 3600

const seconds = z.int().min(-MOST_SECONDS).max(MOST_SECONDS)

export const clock = z
  .strictObject({
    now: z.iso.datetime().describe('What time it is for the issuer, in UTC.'),
    offsetSeconds: z.int().describe('How far that is ahead of the real time; negative when behind.'),
  })
  .meta({ id: 'Clock' })

export const clockSetting = z
  .union([
    z.strictObject({ offsetSeconds: seconds.describe('Ahead of the real time; 0 is the real time.') }),
    z.strictObject({ advanceSeconds: seconds.describe('Ahead of what the clock says now.') }),
    z.strictObject({
      now: z.iso
        .datetime({ offset: true })
        .describe('The time that it is from now on; it goes on from there.'),
    }),
  ])
  .meta({ id: 'ClockSetting' })

export const signingKeys = z
  .strictObject({
    signing: z.string().describe('The `kid` of the key that signs.'),
    published: z.array(z.string()).describe('Every `kid` in /keys.'),
  })
  .meta({ id: 'SigningKeys' })

export const newFault = z
  .strictObject({
    endpoint: z
      .string()
      .min(1)
      .describe('The name of an endpoint, as in the logs and metrics: token, keys, discovery…'),
    status: z
      .int()
      .min(400)
      .max(599)
      .optional()
      .describe('Answer with this status instead of doing the work.'),
    cut: z.literal(true).optional().describe('Cut the connection instead of answering.'),
    delayMilliseconds: z.int().min(1).max(300_000).optional().describe('Wait before doing anything.'),
    times: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('How many requests are hit; then the fault is gone. Until it is deleted when absent.'),
  })
  .refine(({ status, cut }) => status === undefined || cut === undefined, 'give status or cut, not both')
  .refine(
    ({ status, cut, delayMilliseconds }) => status !== undefined || cut || delayMilliseconds !== undefined,
    'give status, cut or delayMilliseconds',
  )
  .meta({
    id: 'NewFault',
    description: 'At least one of status, cut and delayMilliseconds; not status with cut.',
  })

export const fault = z
  .strictObject({
    id: z.string(),
    endpoint: z.string(),
    status: z.int().optional(),
    cut: z.literal(true).optional(),
    delayMilliseconds: z.int().optional(),
    left: z.int().optional().describe('How many more requests are hit; no end when absent.'),
    hits: z.int().describe('How many requests were hit.'),
  })
  .meta({ id: 'Fault' })

export const faultPath = z.strictObject({ id: z.string().min(1) })
