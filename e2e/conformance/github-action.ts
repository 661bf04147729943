import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { execa } from 'execa'
import { parse } from 'yaml'
import { z } from 'zod'

type Texts = Readonly<Record<string, string>>

/** The metadata of a composite action, as far as GitHub knows it; anything else is an error there, too. */
const actionSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  inputs: z.record(z.string(), z.strictObject({ description: z.string(), default: z.string() })),
  runs: z.strictObject({
    using: z.literal('composite'),
    steps: z.array(
      z.union([
        z.strictObject({
          uses: z.string().regex(/^[\w-]+\/[\w-]+@v\d+$/),
          with: z.record(z.string(), z.string()),
        }),
        z.strictObject({
          name: z.string(),
          if: z.string().optional(),
          shell: z.literal('bash'),
          'working-directory': z.string().optional(),
          env: z.record(z.string(), z.string()).optional(),
          run: z.string(),
        }),
      ]),
    ),
  }),
})

/** How the step `name` ended. */
export interface EndedStep {
  readonly name: string
  readonly exitCode: number | undefined
  readonly stderr: string
}

/**
 * Runs the commands of a composite action as GitHub's runner does: in the order of its steps, and those after a
 * failure only where they say `always()`. Steps of other actions are left out.
 */
export async function runAction(
  file: string,
  given: Texts,
  { directory, env, only = () => true }: { directory: string; env: Texts; only?: (step: string) => boolean },
): Promise<EndedStep[]> {
  const action = actionSchema.parse(parse(await readFile(file, 'utf8')))
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(action.inputs, name)) throw new Error(`the action has no input "${name}"`)
  }
  const defaults = Object.entries(action.inputs).map(([name, input]) => [name, input.default])
  const inputs = { ...Object.fromEntries(defaults), ...given } as Texts
  const fill = (text: string) => fillExpressions(text, inputs, dirname(file))
  const ended: EndedStep[] = []
  for (const step of action.runs.steps) {
    if ('uses' in step || !only(step.name)) continue
    const hasFailed = ended.some(({ exitCode }) => exitCode !== 0)
    if (!isWanted(step.if ?? '', inputs, hasFailed)) continue
    const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, fill(text)]))
    // As GitHub calls it (`shell: bash`).
    const { exitCode, stderr } = await execa(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run],
      {
        cwd: resolve(directory, fill(step['working-directory'] ?? '.')),
        env: { ...env, ...own },
        reject: false,
        stdin: 'ignore',
      },
    )
    ended.push({ name: step.name, exitCode, stderr })
  }
  return ended
}

/** The expressions that the action has; another one is an error here, and has to be added. */
function fillExpressions(text: string, inputs: Texts, actionPath: string): string {
  return text.replaceAll(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
    if (expression === 'github.action_path') return actionPath
    const value = expression.startsWith('inputs.') ? inputs[expression.slice('inputs.'.length)] : undefined
    if (value === undefined) throw new Error(`nobody knows the expression ${expression}`)
    return value
  })
}

function isWanted(condition: string, inputs: Texts, hasFailed: boolean): boolean {
  const parts = condition.split(' && ').filter((part) => part !== '')
  if (hasFailed && !parts.includes('always()')) return false
  return parts.every((part) => {
    if (part === 'always()') return true
    const [, name] = /^inputs\.(\w+) == ''$/.exec(part) ?? []
    if (name === undefined || inputs[name] === undefined)
      throw new Error(`nobody knows the condition ${part}`)
    return inputs[name] === ''
  })
}
