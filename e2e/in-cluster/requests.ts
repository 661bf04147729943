import { localhostLookup } from '@gatehouse/authentication/login'
import { Agent, request } from 'undici'

/** Asks the generator for a file of somebody, by a connection of its own. */
export async function downloadKubeconfig(
  { generator, authority }: { generator: string; authority: string },
  token: string,
  path = '/kube-config',
): Promise<{ code: number; text: string }> {
  const dispatcher = new Agent({ connect: { ca: authority, lookup: localhostLookup } })
  try {
    const headers = { authorization: `Bearer ${token}` }
    const { statusCode, body } = await request(`${generator}${path}`, { dispatcher, headers })
    return { code: statusCode, text: await body.text() }
  } finally {
    await dispatcher.close()
  }
}
