/** Says who it is with the kubeconfig in KUBECONFIG, or with those that are its arguments, and what it can see. */
import process from 'node:process'
import { AuthenticationV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node'

async function tell(file: string | undefined): Promise<void> {
  const config = new KubeConfig()
  if (file === undefined) config.loadFromDefault()
  else config.loadFromFile(file)
  const current = config.getContextObject(config.getCurrentContext())!
  const review = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} })
  const namespaces = await config.makeApiClient(CoreV1Api).listNamespace()
  console.log(
    JSON.stringify({
      context: current.name,
      cluster: current.cluster,
      user: current.user,
      namespace: current.namespace ?? '',
      username: review.status?.userInfo?.username,
      namespaces: namespaces.items.length,
    }),
  )
}

const files = process.argv.slice(2)
for (const file of files.length === 0 ? [undefined] : files) await tell(file)
