import { Button, CodeBlock, CodeBlockAction, CodeBlockCode } from '@patternfly/react-core'
import { useMemo, useState } from 'react'
import type { TabProperties } from './tabs.tsx'
import { holdsSecrets, withoutSecretValues } from './secret-values.ts'
import { toYaml } from './yaml.ts'

/** The whole object as YAML, without what nobody reads; secret values only when asked for. */
export function YamlView({ object }: TabProperties) {
  const [isRevealed, setRevealed] = useState(false)
  const text = useMemo(() => toYaml(isRevealed ? object : withoutSecretValues(object)), [object, isRevealed])
  return (
    <CodeBlock
      actions={
        holdsSecrets(object) && (
          <CodeBlockAction>
            <Button variant="link" onClick={() => setRevealed(!isRevealed)}>
              {isRevealed ? 'Hide values' : 'Reveal values'}
            </Button>
          </CodeBlockAction>
        )
      }
    >
      <CodeBlockCode>{text}</CodeBlockCode>
    </CodeBlock>
  )
}
