import type { ClusterErrorCode } from '../errors.ts'

interface Explanation {
  readonly code: ClusterErrorCode
  readonly message: string
}

/** What kubectl and client-go write to stderr, most specific first. */
const EXPLANATIONS: readonly (Explanation & { readonly pattern: RegExp })[] = [
  {
    pattern: /getting credentials: exec: executable \S+ not found|exec: "[^"]+": executable file not found/,
    code: 'ERR_CREDENTIALS',
    message:
      "the kubeconfig's credential plugin is not installed, or not in PATH; install it and try again, or use another user",
  },
  {
    pattern: /getting credentials:/,
    code: 'ERR_CREDENTIALS',
    message: "the kubeconfig's credential plugin gave no credential; log in with its own tool and try again",
  },
  {
    // Without a credential kubectl asks for a name and a password, and nobody answers.
    pattern:
      /must be logged in to the server|Unauthorized|provide credentials|tls: (expired|unknown|bad) certificate|certificate required|^error: EOF$/im,
    code: 'ERR_CREDENTIALS',
    message:
      "the cluster does not accept the kubeconfig's credential: it is missing, has expired or was revoked; log in anew, or fetch a new kubeconfig",
  },
  {
    pattern: /x509|failed to verify certificate/,
    code: 'ERR_UNREACHABLE',
    message:
      "the certificate of the API server can't be verified with the certificate-authority of the kubeconfig; fetch a new kubeconfig, and check that nothing stands between",
  },
  {
    pattern:
      /connection refused|was refused|no such host|no route to host|network is unreachable|i\/o timeout|deadline exceeded|timeout awaiting|Client\.Timeout|Unable to connect|connection reset|EOF/i,
    code: 'ERR_UNREACHABLE',
    message:
      "the API server of the kubeconfig can't be reached; start the cluster, or check the network, the VPN and the server's address",
  },
  {
    pattern: /Forbidden|forbidden/,
    code: 'ERR_FORBIDDEN',
    message: "the kubeconfig's user may not do this; ask somebody who administers the cluster",
  },
]

/** Why kubectl failed, as a sentence with the way out, by what it wrote to stderr. Pure. */
export function explainFailure(stderr: string): Explanation {
  const found = EXPLANATIONS.find(({ pattern }) => pattern.test(stderr))
  if (found) return { code: found.code, message: found.message }
  return { code: 'ERR_KUBECTL', message: 'the cluster did not do what it was asked for' }
}
