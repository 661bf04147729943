import { questionKey } from '../plan/questions.ts'
import type { Question } from '../result.ts'
import type { Api } from './api.ts'
import { canI, isAskable } from './can-i.ts'

const CONCURRENCY = 32

/** What SelfSubjectAccessReview answers to each of `questions` that it can answer, by the question's key. */
export async function canIAll(
  questions: readonly Question[],
  apiOf: (persona: string) => Api,
): Promise<Map<string, boolean>> {
  const answers = new Map<string, boolean>()
  const queue = questions.filter(isAskable).values()
  const work = async () => {
    for (const question of queue)
      answers.set(questionKey(question), await canI(apiOf(question.persona), question))
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return answers
}
