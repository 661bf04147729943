import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Helm, openHelm } from './helm.ts'

/** The real helm for the tests of a file, without a cluster. */
export function useHelm(): () => Helm {
  let directory: string
  let helm: Helm
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gh-chart-'))
    helm = await openHelm(directory)
  })
  afterAll(() => rm(directory, { recursive: true }))
  return () => helm
}
