import * as fc from 'fast-check'
import type { KubeconfigDocument } from '../src/index.ts'
import { MISREAD } from './misread.ts'

/** Few names, so that files collide, and all of those that a YAML reader or JavaScript could misread. */
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...MISREAD, '__proto__', 'constructor', 'toString', 'hasOwnProperty'),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed()),
  },
)

const data = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('base64'))

/** Some of the fields. */
const some = <T>(fields: { [Field in keyof T]: fc.Arbitrary<T[Field]> }) =>
  fc.record(fields, { requiredKeys: [] })

/** Files that are there, as `files` says, relative or absolute, and data in their place. */
const fileOrData = (field: string, files: readonly string[]) =>
  fc.oneof(
    fc.constant({}),
    fc.constantFrom(...files).map((file) => ({ [field]: file })),
    data.map((text) => ({ [`${field}-data`]: text })),
  )

const both = <A extends object, B extends object>(a: fc.Arbitrary<A>, b: fc.Arbitrary<B>) =>
  fc.tuple(a, b).map(([one, other]) => ({ ...one, ...other }))

const extensions = fc.uniqueArray(fc.record({ name, extension: fc.record({ value: name }) }), {
  selector: (extension) => extension.name,
  maxLength: 2,
})

const exec = fc.record(
  {
    apiVersion: fc.constantFrom('client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'),
    command: fc.constantFrom('gatehouse', 'bin/gatehouse', '/bin/gatehouse'),
    args: fc.array(name, { maxLength: 3 }),
    env: fc.array(fc.record({ name, value: name }), { maxLength: 2 }),
    interactiveMode: fc.constantFrom('Never', 'IfAvailable', 'Always'),
    installHint: name,
    provideClusterInfo: fc.boolean(),
  },
  { requiredKeys: ['apiVersion', 'command', 'interactiveMode'] },
)

const cluster = (files: readonly string[]) =>
  both(
    fc.record({ server: fc.oneof(fc.webUrl(), fc.constant('')) }),
    both(
      some({
        'tls-server-name': name,
        'insecure-skip-tls-verify': fc.boolean(),
        'proxy-url': fc.webUrl(),
        'disable-compression': fc.boolean(),
        extensions,
      }),
      fileOrData('certificate-authority', files),
    ),
  )

const user = (files: readonly string[]) =>
  both(
    some({
      token: name,
      tokenFile: fc.constantFrom(...files),
      username: name,
      password: name,
      as: name,
      'as-uid': name,
      'as-groups': fc.array(name, { maxLength: 2 }),
      exec,
      extensions,
    }),
    both(fileOrData('client-certificate', files), fileOrData('client-key', files)),
  )

/** A document as files have it; `files` are the certificates and keys that it may name. */
export function kubeconfig(files: readonly string[]): fc.Arbitrary<KubeconfigDocument> {
  const list = <Field extends string, Entry>(field: Field, entry: fc.Arbitrary<Entry>) =>
    fc.uniqueArray(
      fc
        .tuple(name, entry)
        .map(([of, value]) => ({ name: of, [field]: value }) as { name: string } & Record<Field, Entry>),
      { selector: (item) => item.name, maxLength: 4 },
    )
  const context = both(fc.record({ cluster: name, user: name }), some({ namespace: name, extensions }))
  return both(
    fc.record({
      apiVersion: fc.constant('v1' as const),
      kind: fc.constant('Config' as const),
      clusters: list('cluster', cluster(files)),
      users: list('user', user(files)),
      contexts: list('context', context),
      'current-context': fc.oneof(fc.constant(''), name),
    }),
    some({ extensions }),
  )
}
