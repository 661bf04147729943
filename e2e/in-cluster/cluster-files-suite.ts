import { writeFile } from 'node:fs/promises'
import { download } from '@gatehouse/e2e-path-b/download'
import { join } from 'node:path'
import { downloadIdOf } from '@gatehouse/e2e-path-b/issued-files-suite'
import { parseKubeconfig } from '@gatehouse/kubeconfig'
import { describe, expect, test } from 'vitest'
import { ELSEWHERE } from './elsewhere.ts'
import { NAMESPACE } from './helm.ts'
import { replicasOf, untilTaken } from './replicas.ts'
import { componentSelector, type World } from './world.ts'

const ADMIN = 'admin@kyma.cx'
const often = { interval: 500 }

/** As much of a record of the generator as the tests look at. */
interface Recorded {
  readonly event?: string
  readonly downloadId?: string
  readonly clusterId?: string
}

/** Files with a credential of their own, by several replicas of the generator that have nothing in common. */
export function testClusterFiles(opened: () => World): void {
  describe('files of clusters', () => {
    const fetch = async (cluster: string, file: 'kubeconfig' | 'adminkubeconfig') => {
      const token = await opened().idToken(ADMIN)
      const path = `/v1/spectroclusters/${cluster}/assets/${file}`
      const { status, text } = await download(opened(), token, path)
      expect([status, text]).toEqual([200, expect.stringContaining('kind: Config')])
      return text
    }
    const terminalOf = async (name: string, text: string) => {
      const { directory, terminalAt } = opened()
      const file = join(directory, `${name}.yml`)
      await writeFile(file, text, { mode: 0o600 })
      return terminalAt(file)
    }
    const bindings = () => opened().kubectl(['get', 'clusterrolebindings', '-o', 'name'])
    /** What all replicas together have recorded of a download. */
    const recordsOf = async (id: string) => {
      const selector = componentSelector('kubeconfig-generator')
      const lines = (await opened().kubectl(['logs', '--selector', selector, '--tail=-1'])).split('\n')
      const records = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Recorded)
      return records
        .filter(({ downloadId }) => downloadId === id)
        .map(({ event, clusterId }) => `${event} ${clusterId}`)
    }

    test('an admin kubeconfig goes to the API server itself, until its binding is deleted', async () => {
      const text = await fetch('gatehouse', 'adminkubeconfig')
      expect(parseKubeconfig(text).clusters[0]!.cluster.server).toBe(opened().cluster.server)
      const terminal = await terminalOf('admin', text)
      const id = await downloadIdOf(terminal)
      const list = () => terminal.kubectl('get', 'secrets', '-A')
      expect(await list()).toMatchObject({ exitCode: 0 })
      await expect.poll(() => recordsOf(id), often).toEqual(['downloaded gatehouse'])
      await opened().kubectl(['delete', 'clusterrolebinding', `gatehouse-download-${id}`])
      await expect
        .poll(list, often)
        .toMatchObject({ exitCode: 1, stderr: expect.stringContaining('forbidden') })
    })

    test('one of a cluster whose files are in a Secret ends by itself, and one replica says so', async () => {
      const terminal = await terminalOf('elsewhere', await fetch(ELSEWHERE, 'kubeconfig'))
      const id = await downloadIdOf(terminal)
      expect(await bindings()).toContain(`gatehouse-download-${id}`)
      await expect.poll(bindings, often).not.toContain(`gatehouse-download-${id}`)
      expect(await terminal.kubectl('get', 'secrets', '-A')).toMatchObject({ exitCode: 1 })
      await expect
        .poll(() => recordsOf(id), often)
        .toEqual(expect.arrayContaining([`downloaded ${ELSEWHERE}`, `expired ${ELSEWHERE}`]))
      expect(await recordsOf(id)).toHaveLength(2)
    })

    test('a Secret that changes is in the next files of every replica, without a restart', async () => {
      const { cluster, authority, kubectl } = opened()
      const restarts = async () =>
        (await replicasOf(opened(), 'kubeconfig-generator')).map(({ metadata, ['status']: status }) => [
          metadata.name,
          status.containerStatuses[0].restartCount,
        ])
      const before = await restarts()
      const bundle = `${cluster.certificateAuthority}${authority}`
      const patch = JSON.stringify({ stringData: { 'ca.crt': bundle } })
      await kubectl(['patch', 'secret', ELSEWHERE, '-n', NAMESPACE, '--type=merge', '-p', patch])
      await untilTaken(opened(), 'kubeconfig-generator', 'the changed catalogue is in use')
      const [entry] = parseKubeconfig(await fetch(ELSEWHERE, 'kubeconfig')).clusters
      const embedded = Buffer.from(entry!.cluster['certificate-authority-data']!, 'base64').toString()
      expect(embedded.trim()).toBe(bundle.trim())
      expect(await restarts()).toEqual(before)
    })
  })
}
