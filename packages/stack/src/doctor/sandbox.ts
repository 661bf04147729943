import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findIsolation } from '@gatehouse/cluster'
import { type Check, type DoctorContext, providerOf, runningStatus } from './context.ts'
import { type Judgement, ok, skipped, warning } from './finding.ts'

export const sandboxCheck: Check = {
  name: 'sandbox',
  run: async (context) => {
    const provider = providerOf(context) ?? 'embedded'
    if (provider !== 'embedded') {
      return [skipped(`a cluster of the provider ${provider} runs commands in its own containers`)]
    }
    const cluster = runningStatus(context)?.cluster
    return [judgeSandbox(cluster ? cluster.execUnavailable : await tryIsolation(context))]
  },
}

/** `unavailable` is the reason why commands can't be isolated; undefined when they can. Pure. */
export function judgeSandbox(unavailable: string | undefined): Judgement {
  if (unavailable === undefined) {
    return ok('commands in pods can be isolated, so exec, attach, cp and port-forward work')
  }
  return warning(
    `kubectl exec, attach, cp and port-forward are off in the embedded cluster: ${unavailable}`,
    'Use Linux with util-linux, as root or with unprivileged user namespaces; everything else works without',
  )
}

/** Tries the very sandbox that a stack would use. Linux alone does: the directory is a mount point for nothing but the try. */
async function tryIsolation({ env, signal }: DoctorContext): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-doctor-'))
  try {
    const isolation = await findIsolation({
      wanted: true,
      platform: process.platform,
      uid: process.getuid?.() ?? -1,
      path: env['PATH'] ?? '',
      directory,
      signal,
    })
    return isolation.available ? undefined : isolation.reason
  } finally {
    await rmdir(directory)
  }
}
