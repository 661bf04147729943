import type { PathBConfig } from './config.ts'
import { html, page } from './html.ts'

/** The page that stands where the console is not yet: how to reach the cluster with kubectl instead. */
export function pathBPage(words: PathBConfig): string {
  const { cluster, generatorUrl, issuerUrl, kubeconfigCommand, kubectlCommands } = words
  const kubeConfigUrl = new URL('/kube-config', generatorUrl).href
  return page(
    `${cluster} by kubectl`,
    html`<p>
        There is no console on this host yet. The cluster <strong>${cluster}</strong> is reached with kubectl:
        get a kubeconfig for a person, then use it.
      </p>
      <h2>1. Get a kubeconfig</h2>
      <p>This logs a person in and writes the file:</p>
      <pre tabindex="0" aria-label="Command to get a kubeconfig"><code>${kubeconfigCommand}</code></pre>
      <p>Or, with an ID token that <a href="${issuerUrl}">the issuer</a> gave you:</p>
      <pre
        tabindex="0"
        aria-label="Command to download a kubeconfig"
      ><code>curl --header "Authorization: Bearer $ID_TOKEN" --output kubeconfig.yml ${kubeConfigUrl}</code></pre>
      <h2>2. Use it</h2>
      <pre
        tabindex="0"
        aria-label="Commands to use the kubeconfig"
      ><code>${['export KUBECONFIG="$PWD/kubeconfig.yml"', ...kubectlCommands].join('\n')}</code></pre>
      <p>
        Every request goes through the access proxy, which checks the ID token and asks the API server what
        its person may do. Who has no rights gets a clear “forbidden”; a file whose token is over gets
        “unauthorized”: get a new one.
      </p>`,
  )
}
