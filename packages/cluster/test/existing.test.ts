import { join } from 'node:path'
import { type Cluster, embeddedProvider, existingProvider } from '../src/index.ts'
import { testCredentials } from './existing-credentials-suite.ts'
import { testWrites } from './existing-writes-suite.ts'
import { testProvider } from './provider-suite.ts'

const embedded = embeddedProvider()
/** As whoever runs it has it. */
let below: Cluster

/** An embedded cluster, used by its administrator's kubeconfig alone. */
const started = testProvider({
  name: 'existing',
  prepare: embedded.prepare,
  start: async (options) => {
    below = await embedded.start({ ...options, directory: join(options.directory, 'below') })
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
})

const theirs = () => ({ ...started(), cluster: below })
testCredentials(theirs)
testWrites(theirs)
