import { readFile } from 'node:fs/promises'
import { basename, dirname, relative } from 'node:path'
import { belongTogether, isDueForRenewal, isSignedBy, type Lifetime, lifetimeOf } from '@gatehouse/pki'
import { type Check, command } from './context.ts'
import { error, type Judgement, ok, skipped, warning } from './finding.ts'
import { stateFiles } from './state-files.ts'

/** What was seen of a certificate file. */
export interface SeenCertificate {
  /** Relative to the state directory. */
  readonly file: string
  /** Undefined when the file holds no certificate. */
  readonly lifetime: Lifetime | undefined
  /** Whether one of the stack's authorities signed it (the one beside it, if there is one). */
  readonly chains: boolean
  /** Whether the private key beside it is its own. */
  readonly hasItsKey: boolean
}

export const certificatesCheck: Check = {
  name: 'certificates',
  run: async (context) => {
    const { state } = context
    const files = (await stateFiles(state)).filter(({ kind }) => kind === 'file').map(({ path }) => path)
    const certificates = files.filter((path) => path.endsWith('.crt'))
    const pems = new Map(
      await Promise.all(certificates.map(async (path) => [path, await readFile(path, 'utf8')] as const)),
    )
    const seen = certificates.map(async (path) => see(path, state.root, pems))
    const running = context.stack.state !== 'absent'
    const restart = running
      ? `${command(context, 'down')}; ${command(context, 'up')}`
      : command(context, 'up')
    return judgeCertificates(await Promise.all(seen), { now: new Date(), running, restart })
  },
}

async function see(file: string, root: string, pems: ReadonlyMap<string, string>): Promise<SeenCertificate> {
  const pem = pems.get(file) ?? ''
  const beside = [...pems].filter(([path]) => basename(path) === 'ca.crt' && dirname(path) === dirname(file))
  const authorities = beside.length > 0 ? beside : [...pems].filter(([path]) => basename(path) === 'ca.crt')
  const key = await readFile(file.replace(/\.crt$/, '.key'), 'utf8').catch(() => '')
  return {
    file: relative(root, file),
    lifetime: attempt(() => lifetimeOf(pem)),
    chains: authorities.some(([, authority]) => attempt(() => isSignedBy(pem, authority)) ?? false),
    hasItsKey: belongTogether(pem, key),
  }
}

/** Undefined where the file holds something else than a certificate. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

interface Circumstances {
  readonly now: Date
  readonly running: boolean
  /** The commands that start the stack anew. */
  readonly restart: string
}

/**
 * Every start replaces certificates that are no good or in the last third of their life, so for a stack that
 * does not run that is a warning. Pure.
 */
export function judgeCertificates(
  certificates: readonly SeenCertificate[],
  circumstances: Circumstances,
): Judgement[] {
  if (certificates.length === 0) return [skipped('there are no certificates yet; the first start makes them')]
  const problems = certificates.flatMap((certificate) => judgeCertificate(certificate, circumstances))
  if (problems.length > 0) return problems
  const [first] = certificates
    .flatMap(({ file, lifetime }) => (lifetime ? [{ file, notAfter: lifetime.notAfter }] : []))
    .toSorted((a, b) => a.notAfter.getTime() - b.notAfter.getTime())
  return [
    ok(
      `${certificates.length} certificates are valid, with their keys and signed by this stack's authorities; ${first?.file} is the first to expire, on ${day(first?.notAfter)}`,
    ),
  ]
}

/** The worst thing about one certificate; nothing when it is good. */
function judgeCertificate(
  { file, lifetime, chains, hasItsKey }: SeenCertificate,
  { now, running, restart }: Circumstances,
): Judgement[] {
  const isAuthority = basename(file) === 'ca.crt'
  const bad = running ? error : warning
  const remedy = isAuthority
    ? `Start anew: ${restart} . A new authority is made, so fetch kubeconfigs again and trust it where you trusted the old one`
    : `Start anew: ${restart} . The start replaces it`
  if (!lifetime) {
    return [bad(`${file} is not a certificate`, isAuthority ? removal(file) : remedy)]
  }
  if (now < lifetime.notBefore) {
    return [
      bad(
        `${file} is valid from ${day(lifetime.notBefore)} only`,
        `Correct this machine's clock, or ${lower(remedy)}`,
      ),
    ]
  }
  if (now >= lifetime.notAfter) return [bad(`${file} expired on ${day(lifetime.notAfter)}`, remedy)]
  if (!hasItsKey) {
    const message = `the private key beside ${file} is missing or another one's`
    // Only an authority's key can't be replaced: no start goes on without it.
    return [isAuthority ? error(message, removal(file)) : bad(message, remedy)]
  }
  if (!chains) return [bad(`${file} was signed by another authority than this stack's`, remedy)]
  if (isDueForRenewal(lifetime, now)) {
    return [warning(`${file} expires on ${day(lifetime.notAfter)} and is due for renewal`, remedy)]
  }
  return []
}

function removal(file: string): string {
  return `Restore what is missing, or delete ${file} and its .key: a new authority is made, and what trusted the old one must trust it`
}

const day = (date: Date | undefined) => date?.toISOString().slice(0, 10) ?? 'an unknown day'
const lower = (sentence: string) => sentence.charAt(0).toLowerCase() + sentence.slice(1)
