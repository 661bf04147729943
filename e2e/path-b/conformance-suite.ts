import { expect, test } from 'vitest'
import { type Answers, embeddedAnswers } from './conformance-answers.ts'
import type { Provider } from './pods.ts'

/** The default access spec, cell by cell: `answers` are those of the run here. */
export function testConformance(provider: Provider, answers: () => Promise<Answers>): void {
  test(
    'the default access spec gets the same answer to every cell as on the embedded cluster',
    { timeout: 600_000 },
    async () => {
      const [here, embedded] = [await answers(), await embeddedAnswers()]
      expect(Object.keys(embedded).length).toBeGreaterThan(10_000)
      const questions = new Set([here, embedded].flatMap((one) => Object.keys(one)))
      const differing = [...questions].flatMap((question) => {
        const [one, other] = [here[question], embedded[question]]
        return one === other ? [] : [`${question}: ${provider} says ${one}; embedded says ${other}`]
      })
      expect(differing).toEqual([])
      expect(Object.values(here).filter((answer) => !answer.endsWith(', pass'))).toEqual([])
    },
  )
}
