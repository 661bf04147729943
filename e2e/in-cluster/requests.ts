import { localhostLookup } from '@gatehouse/authentication/login'
import { Agent, request } from 'undici'

/** Asks the generator for somebody's kubeconfig, by a connection of its own. */
export async function downloadKubeconfig(
  { generator, authority }: { generator: string; authority: string },
  token: string,
): Promise<{ code: number; text: string }> {
  const dispatcher = new Agent({ connect: { ca: authority, lookup: localhostLookup } })
  try {
    const headers = { authorization: `Bearer ${token}` }
    const { statusCode, body } = await request(`${generator}/kube-config`, { dispatcher, headers })
    return { code: statusCode, text: await body.text() }
  } finally {
    await dispatcher.close()
  }
}
