import { Button, TextInput } from '@patternfly/react-core'
import { TimesIcon } from '@patternfly/react-icons/dist/esm/icons/times-icon'
import { useEffect, useId, useState } from 'react'
import { rememberNamespace, useKnownNamespaces } from './namespaces.ts'
import { useNamespace } from './use-namespace.ts'

/** A DNS label, which is what a namespace's name is (RFC 1123). */
const PATTERN = '[a-z0-9]([\\-a-z0-9]{0,61}[a-z0-9])?'

/**
 * Chooses the namespace. It can be typed by everybody, since who may not list namespaces may well work in one;
 * what the person may list is suggested.
 */
export function NamespacePicker() {
  const { namespace, choose } = useNamespace()
  const { names, mayList } = useKnownNamespaces()
  const [text, setText] = useState(namespace ?? '')
  const list = useId()
  useEffect(() => setText(namespace ?? ''), [namespace])
  const submit = (wanted: string) => {
    if (wanted === (namespace ?? '')) return
    if (wanted !== '') rememberNamespace(wanted)
    choose(wanted === '' ? undefined : wanted)
  }
  return (
    <form
      className="gh-namespace"
      onSubmit={(event) => {
        event.preventDefault()
        submit(text.trim())
      }}
    >
      <TextInput
        aria-label="Namespace"
        placeholder={mayList ? 'All namespaces' : 'Type a namespace'}
        list={list}
        value={text}
        pattern={PATTERN}
        title="Letters, digits and hyphens"
        autoComplete="off"
        spellCheck={false}
        onChange={(_, value) => {
          setText(value)
          // Choosing a suggestion needs no Enter.
          if (names.includes(value)) submit(value)
        }}
      />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {namespace !== undefined && (
        <Button
          variant="plain"
          icon={<TimesIcon />}
          aria-label="All namespaces"
          onClick={() => {
            setText('')
            submit('')
          }}
        />
      )}
    </form>
  )
}
