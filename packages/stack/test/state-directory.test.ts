import { expect, test } from 'vitest'
import { stateDirectory, stateRoot } from '../src/state-directory.ts'

test.each([
  [{ GATEHOUSE_STATE_DIR: '/a', XDG_STATE_HOME: '/b' }, '/a'],
  [{ XDG_STATE_HOME: '/b' }, '/b/gatehouse'],
  [{}, expect.stringMatching(/\/\.local\/state\/gatehouse$/)],
])('the state of %j is below %s', (env, expected) => {
  expect(stateRoot(env)).toEqual(expected)
})

test.each(['..', 'a/b', '', 'Upper', '-x', 'x'.repeat(33), 'ä'])('"%s" can not name a stack', (name) => {
  expect(() => stateDirectory('/state', name)).toThrow(/can't name a stack/)
})
