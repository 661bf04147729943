/** Says who it is with the kubeconfig in KUBECONFIG, and what it can see. */
import { AuthenticationV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node'

const config = new KubeConfig()
config.loadFromDefault()
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
