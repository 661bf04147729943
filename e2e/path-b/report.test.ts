import { expect, test } from 'vitest'
import { differences, type Report } from './report.ts'

const embedded: Report = {
  provider: 'embedded',
  outcomes: {
    'a: get pods': { answer: 'allowed' },
    'a: get secrets': { answer: 'denied', refusal: 'cannot get' },
  },
}
const kind = (outcomes: Report['outcomes']): Report => ({
  provider: 'kind',
  outcomes: { ...embedded.outcomes, ...outcomes },
})

test('equal reports do not differ, whatever the order in which cells were tried', () => {
  const { 'a: get pods': first, 'a: get secrets': second } = embedded.outcomes
  const reversed = {
    provider: 'kind',
    outcomes: { 'a: get secrets': second!, 'a: get pods': first! },
  } as const
  expect(differences(embedded, reversed)).toEqual([])
})

test('another answer, other words and a question that only one was asked are differences', () => {
  const other = kind({
    'a: get pods': { answer: 'denied', refusal: 'cannot get' },
    'a: get secrets': { answer: 'denied', refusal: 'forbidden' },
    'b: get pods': { answer: 'allowed' },
  })
  expect(differences(embedded, other)).toEqual([
    'a: get pods: embedded says allowed; kind says denied (cannot get)',
    'a: get secrets: embedded says denied (cannot get); kind says denied (forbidden)',
    'b: get pods: embedded says nothing; kind says allowed',
  ])
})
