import { Button, Checkbox, Flex, FormSelect, FormSelectOption, Label } from '@patternfly/react-core'
import { memo, useCallback, useEffect, useRef, useState } from 'react'
import type { LogLine } from '../api/log-lines.ts'
import { type LogSnapshot, openLogStream } from '../api/log-stream.ts'
import { objectPath } from '../api/resource-type.ts'
import { useStream } from '../api/use-stream.ts'
import { ProblemAlert } from '../components/problem.tsx'
import { useConsole } from '../console-context.ts'
import { containersOf } from './pod-containers.ts'
import type { TabProperties } from './tabs.tsx'

const NOTHING_YET: LogSnapshot = { phase: 'loading', pieces: [], dropped: 0 }
/** Closer to the end than this is at the end. */
const NEAR_PX = 40

/** The log of one of a pod's containers, followed while it grows. */
export function PodLog({ type, place, object }: TabProperties) {
  const containers = containersOf(object)
  const [container, setContainer] = useState(containers[0] ?? '')
  const [isPrevious, setPrevious] = useState(false)
  const [isTimed, setTimed] = useState(false)
  const log = useLog(objectPath(type, place, 'log'), container, isPrevious)
  return (
    <section className="gh-log">
      <Flex alignItems={{ default: 'alignItemsCenter' }} gap={{ default: 'gapMd' }}>
        <FormSelect
          className="gh-narrow"
          aria-label="Container"
          value={container}
          onChange={(_, value) => setContainer(value)}
        >
          {containers.map((name) => (
            <FormSelectOption key={name} value={name} label={name} />
          ))}
        </FormSelect>
        <Checkbox
          id="log-previous"
          label="Before its last restart"
          isChecked={isPrevious}
          onChange={(_, checked) => setPrevious(checked)}
        />
        <Checkbox
          id="log-times"
          label="Times"
          isChecked={isTimed}
          onChange={(_, checked) => setTimed(checked)}
        />
        <Phase log={log} />
      </Flex>
      {log.error && <ProblemAlert title="The log can't be read on" error={log.error} />}
      <Lines log={log} isTimed={isTimed} label={`Log of ${container}`} />
    </section>
  )
}

function useLog(path: string, container: string, previous: boolean) {
  const { api } = useConsole()
  const open = useCallback(
    () => openLogStream(api, path, { container, previous }),
    [api, path, container, previous],
  )
  return useStream(open, NOTHING_YET)
}

type Log = ReturnType<typeof useLog>

const PHASES = {
  loading: ['Loading', 'blue'],
  following: ['Live', 'green'],
  ended: ['At its end', 'grey'],
  lost: ['Interrupted, trying again', 'orange'],
  failed: ['Failed', 'red'],
} as const

function Phase({ log: { phase, retry } }: { log: Log }) {
  const [words, color] = PHASES[phase]
  return (
    <>
      <span role="status" data-phase={phase}>
        <Label color={color}>{words}</Label>
      </span>
      {phase !== 'following' && phase !== 'loading' && (
        <Button variant="link" onClick={retry}>
          Read on
        </Button>
      )}
    </>
  )
}

/** The lines, kept at their end until somebody scrolls up. */
function Lines({ log, isTimed, label }: { log: Log; isTimed: boolean; label: string }) {
  const box = useRef<HTMLPreElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (isAtEnd.current) box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [log.pieces, isTimed])
  const isEmpty = log.pieces.length === 0
  return (
    <pre
      ref={box}
      className="gh-log-lines"
      tabIndex={0}
      aria-label={label}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight >= scrollHeight - NEAR_PX
      }}
    >
      {log.dropped > 0 && <em>{`${log.dropped} earlier lines are not shown\n`}</em>}
      {isEmpty && log.phase !== 'loading' && <em>The container has written nothing yet.</em>}
      {log.pieces.map((lines, index) => (
        <Piece key={log.dropped + index} lines={lines} isTimed={isTimed} />
      ))}
    </pre>
  )
}

/** Lines that stay the same are not drawn again. */
const Piece = memo(function Piece({ lines, isTimed }: { lines: readonly LogLine[]; isTimed: boolean }) {
  return (
    <span className="gh-log-piece">
      {lines.map(({ time, text }) => `${isTimed ? `${time} ` : ''}${text}\n`).join('')}
    </span>
  )
})
