import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parseRequestTarget, requestInfo } from '../src/index.ts'

const empty = {
  isResourceRequest: false,
  verb: '',
  apiGroup: '',
  apiVersion: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  fieldSelector: '',
  labelSelector: '',
}

interface Golden {
  readonly method: string
  readonly target: string
  /** What RequestInfoFactory said; empty fields are left out. */
  readonly info?: object
  readonly error?: 'http' | 'info'
}

/**
 * Recorded from `RequestInfoFactory` of k8s.io/apiserver v0.37.2, which read each line as Go's net/http
 * parsed it.
 */
async function recorded(): Promise<Golden[]> {
  const text = await readFile(join(import.meta.dirname, 'request-info.golden.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Golden)
}

describe('request info is what the API server says', async () => {
  const golden = await recorded()
  const accepted = golden.filter(({ info }) => info)
  test('the recording holds every verb', () => {
    const verbs = new Set(accepted.map(({ info }) => (info as { verb: string }).verb))
    for (const verb of [
      'get',
      'list',
      'watch',
      'create',
      'update',
      'patch',
      'delete',
      'deletecollection',
      'proxy',
    ]) {
      expect(verbs).toContain(verb)
    }
  })
  test('every recorded request gets the recorded info', () => {
    const differing = accepted.filter(({ method, target, info }) => {
      return !isDeepStrictEqual(requestInfo(method, parseRequestTarget(target)), { ...empty, ...info })
    })
    expect(differing).toEqual([])
    expect(accepted.length).toBeGreaterThan(600)
  })

  test('what the API server calls an error is an error', () => {
    const errors = golden.filter(({ error }) => error)
    expect(errors.length).toBeGreaterThan(0)
    for (const { method, target } of errors) {
      expect(() => requestInfo(method, parseRequestTarget(target))).toThrow(/path ends after|request target/)
    }
  })
})
