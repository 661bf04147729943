import { expect, test } from 'vitest'
import { mergeTarget } from '../src/merge-kubeconfig.ts'
import { describeMerge } from '../src/terminal/merge.ts'

test('new entries go where kubectl would put them', () => {
  expect(mergeTarget(['/nowhere/a', import.meta.filename, '/nowhere/b'])).toBe(import.meta.filename)
  expect(mergeTarget(['/nowhere/a', '/nowhere/b'])).toBe('/nowhere/a')
  expect(() => mergeTarget([])).toThrow('KUBECONFIG names no file')
})

test('a merge is told, with what to type next', () => {
  const changes = [
    { what: 'user', name: "o'hara@dev", change: 'changed', fields: ['token'] },
    { what: 'context', name: "o'hara@dev", change: 'added', fields: [] },
  ] as const
  expect(describeMerge({ file: '/config', backup: '/config.backup', changes }, "o'hara@dev")).toEqual([
    'Merged into /config:',
    "  changed user o'hara@dev (token)",
    "  added context o'hara@dev",
    'What it was before: /config.backup',
    String.raw`Next: kubectl config use-context 'o'\''hara@dev'`,
  ])
  expect(describeMerge({ file: '/config', changes: [] }, 'x')).toEqual(['/config has it all already.'])
})
