import { TextArea } from '@patternfly/react-core'

/** A plain text field for YAML: it works with every keyboard and screen reader, and Tab leaves it. */
export function YamlEditor({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (value: string) => void
}) {
  return (
    <TextArea
      aria-label={label}
      className="gh-yaml"
      value={value}
      onChange={(_, text) => onChange(text)}
      spellCheck={false}
      autoComplete="off"
      rows={24}
      resizeOrientation="vertical"
    />
  )
}
