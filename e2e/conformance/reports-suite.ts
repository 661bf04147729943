import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runResultSchema } from '@gatehouse/conformance'
import type { TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { describe, expect, test } from 'vitest'

/** The files of `--report`. What is in each is pinned in packages/conformance/test/reports. */
export function testReports(world: () => { stack: TestStack; spec: string }): void {
  describe('--report', () => {
    test('writes a file of each format, in place of what was there', async () => {
      const { stack, spec } = world()
      const directory = await mkdtemp(join(stack.directory, 'reports-'))
      const file = (name: string) => join(directory, name)
      await writeFile(file('result.json'), 'of an earlier run'.repeat(100_000))
      const wanted = {
        json: 'result.json',
        junit: 'junit.xml',
        sarif: 'result.sarif',
        markdown: 'result.md',
        html: 'result.html',
      }
      const reports = Object.entries(wanted).flatMap(([format, name]) => [
        '--report',
        `${format}=${file(name)}`,
      ])
      const { exitCode, stdout, stderr } = await stack.gatehouse('conformance', '--spec', spec, ...reports)
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
      expect(stdout).toMatch(/(\d+) cells: \1 pass, 0 fail/)
      const read = async (name: string) => readFile(file(name), 'utf8')

      const { cells } = runResultSchema.parse(JSON.parse(await read(wanted.json)))
      expect(cells.length).toBeGreaterThan(100)
      const junit = await read(wanted.junit)
      expect(junit.match(/<testcase /g)).toHaveLength(cells.length)
      const sarif = JSON.parse(await read(wanted.sarif)) as {
        version: string
        runs: { results: unknown[] }[]
      }
      expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ results: [] }] })
      expect(await read(wanted.markdown)).toContain('a handful')
      expect(await read(wanted.html)).toMatch(/^<!doctype html>/i)
      expect((await readdir(directory)).toSorted()).toEqual(Object.values(wanted).toSorted())
    }, 120_000)

    test.each([
      ['a directory that is not there', 'missing/report.md', /there is no directory .*missing; make it/],
      ['a directory', '.', /it is a directory; name a file in it/],
      ['a file as its directory', 'small.yaml/report.md', /small\.yaml is no directory/],
    ])('%s is told before anything is asked', async (_, name, why) => {
      const { stack, spec } = world()
      const report = `markdown=${join(stack.directory, name)}`
      const { exitCode, stdout, stderr } = await stack.gatehouse(
        'conformance',
        '--spec',
        spec,
        '--report',
        report,
      )
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
      expect(stderr).toMatch(why)
      expect(stderr).toContain('nothing was asked')
      expect(stderr).not.toContain('logging in')
    })

    test('neither do two reports go to one file, nor is a baseline found unwritable at the end', async () => {
      const { stack, spec } = world()
      const file = join(stack.directory, 'both')
      const both = ['--report', `html=${file}`, '--report', `json=${file}`]
      expect(await stack.gatehouse('conformance', '--spec', spec, ...both)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('name two files'),
      })
      const baseline = [
        '--discover',
        '--accept',
        '--baseline',
        join(stack.directory, 'missing', 'baseline.yaml'),
      ]
      expect(await stack.gatehouse('conformance', '--spec', spec, ...baseline)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/baseline\.yaml can't be written, so nothing was asked/),
      })
    })
  })
}
