import { STATES } from '../../state.ts'
import { VERB_LETTERS } from '../../verbs.ts'
import type { ReportData } from '../data.ts'
import { showDetails } from './details.ts'
import { byId, element } from './elements.ts'
import { fillMatrix, placeOf } from './fill-matrix.ts'
import { moveByKeys } from './move-by-keys.ts'

async function readData(): Promise<ReportData> {
  const base64 = byId('data', HTMLScriptElement).text
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return (await new Response(stream).json()) as ReportData
}

function offer(
  select: HTMLSelectElement,
  options: readonly (readonly [value: string, text: string])[],
): void {
  for (const [value, text] of options) {
    const option = element('option', text)
    option.value = value
    select.append(option)
  }
}

function describeRun({ run, isGood, totals }: ReportData): void {
  document.title = `Access of ${run.spec.name}`
  byId('title', HTMLHeadingElement).textContent = document.title
  const verdict = byId('verdict', HTMLParagraphElement)
  verdict.textContent = totals
  verdict.className = isGood ? 'good' : 'bad'
  byId('facts', HTMLParagraphElement).textContent = [
    `Kubernetes ${run.cluster.version} at ${run.cluster.server}`,
    `${run.spec.file}, ${run.mode}`,
    ...(run.shard ? [`shard ${run.shard.index} of ${run.shard.count}`] : []),
    run.startedAt,
    `${(run.timings.totalMs / 1000).toFixed(1)} s, ${Math.round(run.timings.cellsPerSecond)} cells a second`,
  ].join(' · ')
  byId('missing', HTMLUListElement).append(...run.missing.map((sentence) => element('li', sentence)))
  const letters = [...VERB_LETTERS].map(([verb, letter]) => `${letter} ${verb}`).join(', ')
  const signs = STATES.filter(({ sign }) => sign !== '')
  byId('legend', HTMLDivElement).append(
    element('span', letters),
    ...signs.map(({ state, sign, words }) => element('span', `${sign} ${words}`, state)),
  )
}

function describeLists({ lists }: ReportData): void {
  const sections = lists.map(({ title, items }) => {
    const list = element('ul')
    list.append(...items.map((item) => element('li', item)))
    const section = element('section')
    section.append(element('h2', title), list)
    return section
  })
  byId('lists', HTMLDivElement).append(...sections)
}

const data = await readData()
const table = byId('matrix', HTMLTableElement)
const dialog = byId('details', HTMLDialogElement)
const filters = byId('filters', HTMLFormElement)
const text = byId('text', HTMLInputElement)
const [place, persona, path, show] = ['place', 'persona', 'path', 'show'].map((id) =>
  byId(id, HTMLSelectElement),
) as [HTMLSelectElement, HTMLSelectElement, HTMLSelectElement, HTMLSelectElement]
offer(place, [['', 'all'], ...data.matrix.sections.map((one) => [one.place, placeOf(one)] as const)])
offer(persona, [['', 'all'], ...data.matrix.personas.map((id) => [id, id] as const)])
offer(path, [['', 'all'], ...data.run.paths.map(({ id }) => [id, id] as const)])
offer(show, [
  ['', 'everything'],
  ['problems', 'problems'],
  ...STATES.map(({ state, words }) => [state, words] as const),
  ['uncovered', 'nothing expected'],
])
describeRun(data)
describeLists(data)

const total = data.matrix.sections.reduce((sum, { rows }) => sum + rows.length, 0)
function update(): void {
  const wanted = {
    text: text.value.trim().toLowerCase(),
    place: place.value,
    persona: persona.value,
    path: path.value,
    show: show.value,
  }
  const count = fillMatrix(table, data, wanted, (title, cells) => showDetails(dialog, title, cells))
  byId('count', HTMLOutputElement).value = `${count} of ${total} rows`
}
filters.addEventListener('input', update)
filters.addEventListener('submit', (event) => event.preventDefault())
byId('close', HTMLButtonElement).addEventListener('click', () => dialog.close())
moveByKeys(table)
update()
