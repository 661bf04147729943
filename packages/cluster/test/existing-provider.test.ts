import { join } from 'node:path'
import { type ClusterProvider, embeddedProvider, existingProvider } from '../src/index.ts'
import { testProvider } from './provider-suite.ts'

const embedded = embeddedProvider()

/** An embedded cluster, used by its administrator's kubeconfig alone. */
const existingOnEmbedded: ClusterProvider = {
  name: 'existing',
  prepare: embedded.prepare,
  start: async (options) => {
    const below = await embedded.start({ ...options, directory: join(options.directory, 'below') })
    const existing = await existingProvider({
      kubeconfig: below.adminKubeconfig,
      ...(below.auditLog === undefined ? {} : { auditLog: below.auditLog }),
    }).start(options)
    return {
      ...existing,
      // Whether pods can be entered is not the kubeconfig's doing.
      exec: below.exec,
      [Symbol.asyncDispose]: async () => {
        await existing[Symbol.asyncDispose]()
        await below[Symbol.asyncDispose]()
      },
    }
  },
}

testProvider(existingOnEmbedded)
