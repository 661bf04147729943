import { Alert, Button, Flex, FormSelect, FormSelectOption, TextInput } from '@patternfly/react-core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { type ExecEnd, type ExecStream, openExec } from '../api/exec-stream.ts'
import { objectPath } from '../api/resource-type.ts'
import { ProblemAlert } from '../components/problem.tsx'
import { useConsole } from '../console-context.ts'
import { containersOf } from './pod-containers.ts'
import type { TabProperties } from './tabs.tsx'
import { openTerminal } from './terminal.ts'

type Phase = 'idle' | 'connecting' | 'connected' | 'ended'

/** A command in one of a pod's containers; nothing runs until somebody says so. */
export function PodTerminal({ type, place, object }: TabProperties) {
  const { api } = useConsole()
  const containers = containersOf(object)
  const [container, setContainer] = useState(containers[0] ?? '')
  const [command, setCommand] = useState('/bin/sh')
  const [phase, setPhase] = useState<Phase>('idle')
  const [end, setEnd] = useState<ExecEnd>()
  const box = useRef<HTMLDivElement>(null)
  const running = useRef<Disposable>(undefined)
  useEffect(() => () => running.current?.[Symbol.dispose](), [])

  const connect = (event: FormEvent) => {
    event.preventDefault()
    running.current?.[Symbol.dispose]()
    setEnd(undefined)
    setPhase('connecting')
    let stream: ExecStream | undefined
    const terminal = openTerminal(box.current!, {
      onInput: (text) => stream?.write(text),
      onResize: (columns, rows) => stream?.resize(columns, rows),
    })
    stream = openExec(api, objectPath(type, place, 'exec'), {
      container,
      command: command.trim().split(/\s+/),
      onOpen() {
        setPhase('connected')
        stream?.resize(terminal.columns(), terminal.rows())
        terminal.focus()
      },
      onOutput: terminal.write,
    })
    let isCurrent = true
    running.current = {
      [Symbol.dispose]() {
        isCurrent = false
        stream?.close()
        terminal[Symbol.dispose]()
      },
    }
    void stream.ended.then((how) => {
      if (!isCurrent) return
      terminal.stop()
      setPhase('ended')
      setEnd(how)
    })
  }

  const isOpen = phase === 'connecting' || phase === 'connected'
  return (
    <section className="gh-terminal">
      <form onSubmit={connect}>
        <Flex alignItems={{ default: 'alignItemsCenter' }} gap={{ default: 'gapMd' }}>
          <FormSelect
            className="gh-narrow"
            aria-label="Container"
            value={container}
            onChange={(_, value) => setContainer(value)}
            isDisabled={isOpen}
          >
            {containers.map((name) => (
              <FormSelectOption key={name} value={name} label={name} />
            ))}
          </FormSelect>
          <TextInput
            className="gh-narrow"
            aria-label="Command"
            value={command}
            onChange={(_, value) => setCommand(value)}
            isDisabled={isOpen}
            isRequired
          />
          {isOpen ? (
            <Button
              variant="secondary"
              onClick={() => {
                running.current?.[Symbol.dispose]()
                setPhase('idle')
              }}
            >
              Disconnect
            </Button>
          ) : (
            <Button type="submit">{phase === 'idle' ? 'Connect' : 'Connect again'}</Button>
          )}
          <span role="status" data-phase={phase}>
            {phase === 'connecting' && 'Connecting'}
            {phase === 'connected' && 'Connected. Ctrl+F6 leaves the terminal.'}
            {phase === 'ended' && 'Ended'}
          </span>
        </Flex>
      </form>
      {end?.kind === 'completed' && <Alert isInline variant="info" title="The command has ended" />}
      {end?.kind === 'failed' && <ProblemAlert title="The command has ended" error={end.error} />}
      <div ref={box} className="gh-terminal-box" data-terminal={phase} />
    </section>
  )
}
