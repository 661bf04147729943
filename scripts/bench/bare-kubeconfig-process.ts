import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'

/**
 * The least that could answer /kube-config, as a process of its own: TLS, the token verified on every request,
 * and a file made of strings. No log, no metrics, no limits, no options, no memory of tokens.
 */
const { port, caFile, certificateFile, keyFile, issuer, audience, keys } = JSON.parse(
  readFileSync(process.argv[2]!, 'utf8'),
) as {
  port: number
  caFile: string
  certificateFile: string
  keyFile: string
  issuer: string
  audience: string
  keys: JSONWebKeySet['keys']
}
const keySet = createLocalJWKSet({ keys })
const ca = readFileSync(caFile).toString('base64')

const server = createServer(
  { cert: readFileSync(certificateFile), key: readFileSync(keyFile) },
  (request, response) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
    jwtVerify(token, keySet, { issuer, audience }).then(
      ({ payload }) => {
        const name = `${String(payload['email'])}@bench`
        const body = `apiVersion: v1
kind: Config
clusters:
  - name: bench
    cluster:
      server: https://127.0.0.1:9443
      certificate-authority-data: ${ca}
users:
  - name: ${name}
    user:
      token: ${token}
contexts:
  - name: ${name}
    context:
      cluster: bench
      user: ${name}
current-context: ${name}
`
        response.writeHead(200, {
          'Content-Type': 'application/yaml',
          'Content-Length': Buffer.byteLength(body),
        })
        response.end(body)
      },
      () => response.writeHead(401, { 'Content-Length': 0 }).end(),
    )
  },
)
// Peers take turns; Node's five seconds are too short for that.
server.keepAliveTimeout = 60_000
server.listen(port, '127.0.0.1')
