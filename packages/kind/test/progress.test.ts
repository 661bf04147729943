import { expect, test } from 'vitest'
import { readProgress } from '../src/progress.ts'

test.each([
  [' • Preparing nodes 📦   ...', { state: 'started', message: 'Preparing nodes' }],
  [' ✓ Starting control-plane 🕹️', { state: 'done', message: 'Starting control-plane' }],
  [' ✗ Preparing nodes 📦 📦 ', { state: 'failed', message: 'Preparing nodes' }],
  [
    ' • Waiting ≤ 1m30s for control-plane = Ready ⏳  ...',
    { state: 'started', message: 'Waiting ≤ 1m30s for control-plane = Ready' },
  ],
  [' • Ready after 7s 💚', { state: 'note', message: 'Ready after 7s' }],
  ['Creating cluster "one" ...', { state: 'note', message: 'Creating cluster "one"' }],
  ['', undefined],
  ['   ', undefined],
])('%j is read', (line, expected) => {
  expect(readProgress(line)).toEqual(expected)
})
