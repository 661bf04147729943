import { expect, test } from 'vitest'
import { bar, columns } from '../src/terminal/table.ts'

test('columns line up, and the last one is not padded', () => {
  expect(
    columns([
      ['a', 'x'],
      ['long', 'yy'],
    ]),
  ).toEqual(['a     x', 'long  yy'])
})

test.each([
  [0, '░░░░   0 %'],
  [0.5, '██░░  50 %'],
  [1, '████ 100 %'],
])('a bar shows %d', (fraction, text) => {
  expect(bar(fraction, 4)).toBe(text)
})
