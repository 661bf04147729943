/** The usual verbs in their usual order, each with its letter in a matrix; others are written out. */
export const VERB_LETTERS: ReadonlyMap<string, string> = new Map([
  ['get', 'g'],
  ['list', 'l'],
  ['watch', 'w'],
  ['create', 'c'],
  ['update', 'u'],
  ['patch', 'p'],
  ['delete', 'd'],
  ['deletecollection', 'D'],
])

export const USUAL_VERBS: readonly string[] = [...VERB_LETTERS.keys()]
