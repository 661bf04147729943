/** An upstream took too long to begin its answer. */
export const ERR_RESPONSE_TIMEOUT = 'ERR_RESPONSE_TIMEOUT'

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'is not running (connection refused)',
  ECONNRESET: 'closed the connection before it answered',
  EPIPE: 'closed the connection before it answered',
  EHOSTUNREACH: 'is not reachable from here',
  ENETUNREACH: 'is not reachable from here',
  ENOTFOUND: 'has an address that does not resolve',
  EAI_AGAIN: 'has an address that does not resolve',
  ECONNECT_TIMEOUT: 'did not accept a connection in time',
  ETIMEDOUT: 'did not accept a connection in time',
  ERR_TLS_CERT_ALTNAME_INVALID: 'presents a certificate for another name',
  CERT_HAS_EXPIRED: 'presents a certificate that has expired',
  CERT_NOT_YET_VALID: 'presents a certificate that is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'presents a certificate of a CA that is not trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'presents a certificate of a CA that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'presents a certificate of a CA that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'presents a certificate of a CA that is not trusted here',
  CERT_SIGNATURE_FAILURE: 'presents a certificate of a CA that is not trusted here',
  EPROTO: 'does not speak TLS there',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS there',
}

/** Why an upstream could not answer, as the end of a sentence that begins with its name. Pure. */
export function describeFailure(error: NodeJS.ErrnoException): string {
  const { code = '' } = error
  if (SENTENCES[code]) return SENTENCES[code]
  if (code.startsWith('HPE_')) return 'sent an answer that is not HTTP'
  return code ? `could not be asked (${code})` : 'could not be asked'
}
