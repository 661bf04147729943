import { localhostLookup } from '@gatehouse/authentication/login'
import { Agent, request } from 'undici'

/** Where the generator is, and whose certificates it has, in PEM. */
export interface Generator {
  readonly urls: { readonly generator: string }
  readonly authority: string
}

/** Asks the generator for a file of somebody, by a connection of its own. */
export async function download(
  { urls, authority }: Generator,
  token: string,
  path = '/kube-config',
): Promise<{ status: number; text: string }> {
  const dispatcher = new Agent({ connect: { ca: authority, lookup: localhostLookup } })
  try {
    const headers = { authorization: `Bearer ${token}` }
    const { statusCode, body } = await request(`${urls.generator}${path}`, { dispatcher, headers })
    return { status: statusCode, text: await body.text() }
  } finally {
    await dispatcher.close()
  }
}
