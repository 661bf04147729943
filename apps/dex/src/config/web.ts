import { networkSchema } from '@gatehouse/server'
import { z } from 'zod'
import { listenAddress } from './address.ts'

const tlsVersion = z.enum(['1.2', '1.3']).transform((version): 'TLSv1.2' | 'TLSv1.3' => `TLSv${version}`)

const origin = z.string().superRefine((text, context) => {
  if (text === '*') return
  const url = URL.parse(text)
  if (url?.origin !== text) {
    context.addIssue('is not an origin; write it like https://console.example.com, or *')
  }
})

export const webSchema = z
  .strictObject({
    http: listenAddress.optional(),
    https: listenAddress.optional(),
    tlsCert: z.string().min(1).optional(),
    tlsKey: z.string().min(1).optional(),
    tlsMinVersion: tlsVersion.default('TLSv1.2'),
    tlsMaxVersion: tlsVersion.default('TLSv1.3'),
    allowedOrigins: z.array(origin).default([]),
    /** Of Dex, and without effect here. */
    headers: z.unknown().optional(),
    allowedHeaders: z.array(z.string().min(1)).default(['Authorization']),
    clientRemoteIP: z
      .strictObject({
        header: z.string().min(1).default('X-Forwarded-For'),
        trustedProxies: z.array(networkSchema).default([]),
      })
      .optional(),
  })
  .superRefine((web, context) => {
    if (!web.http && !web.https) context.addIssue('needs an address in http or https to listen on')
    for (const key of ['tlsCert', 'tlsKey'] as const) {
      if (!web.https || web[key]) continue
      context.addIssue({ code: 'custom', path: [key], message: 'is missing; https needs it' })
    }
    if (web.tlsMinVersion > web.tlsMaxVersion) {
      context.addIssue({ code: 'custom', path: ['tlsMinVersion'], message: 'is above tlsMaxVersion' })
    }
  })

export type WebSettings = z.output<typeof webSchema>
