import { join } from 'node:path'
import { resolveBinaries } from '@gatehouse/binaries'
import type { Ended } from '@gatehouse/e2e-path-b/gatehouse'
import type { KubernetesObject as MadeObject } from '@gatehouse/personas'
import { execa } from 'execa'
import { parseAllDocuments, stringify } from 'yaml'

/** A Kubernetes object, whose other fields are looked at as they are. */
export interface KubernetesObject extends MadeObject {
  // oxlint-disable typescript/no-explicit-any -- each kind has fields of its own
  readonly spec: any
  readonly [field: string]: any
  // oxlint-enable typescript/no-explicit-any
}

export const CHART = join(import.meta.dirname, '../../charts/gatehouse')
export const RELEASE = 'gh'
/** Also where the chart's objects begin their names. */
export const FULLNAME = 'gh-gatehouse'
export const NAMESPACE = 'gatehouse'

/** The real helm, with its own files in `directory`. */
export async function openHelm(directory: string, kubeconfig?: string) {
  const { helm } = await resolveBinaries(['helm'], { env: process.env, signal: AbortSignal.timeout(900_000) })
  const env = {
    HOME: directory,
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
  }
  const run = async (args: readonly string[], values: object = {}): Promise<Ended> =>
    execa(helm.path, args, { env, extendEnv: false, reject: false, input: stringify(values) })
  const output = async (args: readonly string[], values?: object): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(args, values)
    if (exitCode !== 0) throw new Error(`helm ${args[0]} ended with ${exitCode}: ${stderr}`)
    return stdout
  }
  const release = [RELEASE, CHART, '--namespace', NAMESPACE, '--values', '-']
  return {
    run,
    /** The objects that the chart makes of `values`. */
    async template(values: object = {}): Promise<KubernetesObject[]> {
      const text = await output(['template', ...release], values)
      return parseAllDocuments(text)
        .map((document) => document.toJS() as KubernetesObject | null)
        .filter((object) => object !== null)
    },
    /** Why the chart refuses `values`. */
    async refusal(values: object): Promise<string> {
      const { exitCode, stderr } = await run(['template', ...release], values)
      if (exitCode === 0) throw new Error('the chart takes these values')
      return stderr
    },
    install: (values: object, ...flags: string[]) => output(['install', ...release, ...flags], values),
    upgrade: (values: object, ...flags: string[]) => output(['upgrade', ...release, ...flags], values),
    uninstall: (...flags: string[]) => output(['uninstall', RELEASE, '--namespace', NAMESPACE, ...flags]),
  }
}

export type Helm = Awaited<ReturnType<typeof openHelm>>

/** The one object of `kind` and of that name, without the chart's own part of it. */
export function find(objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name.endsWith(name))
  if (found.length !== 1) throw new Error(`there are ${found.length} of ${kind} ${name}`)
  return found[0]!
}
