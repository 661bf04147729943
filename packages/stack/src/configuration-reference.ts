import { z } from 'zod'
import { configurationSchema } from './configuration.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** The JSON Schema of gatehouse.yaml, for editors. Pure. */
export function configurationJsonSchema(): JsonSchema {
  return {
    ...z.toJSONSchema(configurationSchema, { io: 'input', target: 'draft-2020-12' }),
    title: 'gatehouse.yaml',
    description: 'The configuration of a Gatehouse stack. Everything is optional.',
  }
}

/** docs/configuration.md: every setting of gatehouse.yaml with its type, default and meaning. Pure. */
export function configurationMarkdown(): string {
  const rows = settingsOf(configurationJsonSchema(), '')
  return [
    '# gatehouse.yaml',
    '',
    'Everything is optional; `gatehouse up` reads `gatehouse.yaml` in the folder where it is started, or what `--config` names. All problems are reported at once, each with its path, and nothing is started.',
    '',
    'Editors complete and check it with the schema beside this page; put this into the first line:',
    '',
    '```yaml',
    '# yaml-language-server: $schema=docs/gatehouse.schema.json',
    '```',
    '',
    '| setting | type | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
    '',
    'This page is generated from the schema (`node scripts/configuration-reference.ts`); a test compares them.',
    '',
  ].join('\n')
}

function settingsOf(schema: JsonSchema, path: string): string[][] {
  if (schema.type === 'array' && isSchema(schema.items)) return settingsOf(schema.items, `${path}[]`)
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (!isSchema(property)) return []
    const own = path === '' ? name : `${path}.${name}`
    const inner = settingsOf(property, own)
    const isGroup = property.type === 'object' && inner.length > 0
    const row = [`\`${own}\``, typeOf(property), defaultOf(property), property.description ?? '']
    return isGroup && !property.description ? inner : [row, ...inner]
  })
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (schema.type === 'array') return isSchema(schema.items) ? `list of ${typeOf(schema.items)}` : 'list'
  return [schema.type ?? ''].flat().join(' or ')
}

function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return ''
  const text = JSON.stringify(value)
  return text.length > 60 ? 'see the meaning' : `\`${text}\``
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A pipe would end the table's cell. */
function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`)
}
