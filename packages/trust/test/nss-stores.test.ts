import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { distrust, trust, trustStatus } from '../src/index.ts'
import { createDatabase, findAuthority } from '../src/nss.ts'
import { isSame } from '../src/store.ts'
import { makeMachine } from './machine.ts'

const hasCertutil = (await execa('certutil', ['-H'], { reject: false })).code !== 'ENOENT'

describe.runIf(hasCertutil)('browsers of this user', () => {
  test('Chromium’s database is made where there is none; Firefox’s is only used where there is one', async () => {
    await using made = await makeMachine([])
    const { machine, anchor } = made
    await mkdir(join(machine.home, '.mozilla/firefox/empty.default'), { recursive: true })
    await createDatabase(machine, join(machine.home, '.mozilla/firefox/abc.default'))
    const reports = await trust(machine, anchor)
    expect(reports).toEqual([
      { title: 'Chromium', place: join(machine.home, '.pki/nssdb'), state: 'trusted', changed: true },
      {
        title: 'Firefox',
        place: join(machine.home, '.mozilla/firefox/abc.default'),
        state: 'trusted',
        changed: true,
      },
    ])
    const { stdout } = await execa('certutil', ['-d', `sql:${reports[0]!.place}`, '-L'])
    expect(stdout).toMatch(/^gatehouse-test\s+C,,\s*$/m)
    expect((await trust(machine, anchor)).map(({ changed }) => changed)).toEqual([false, false])
    expect((await distrust(machine, anchor)).map(({ state, changed }) => [state, changed])).toEqual([
      ['absent', true],
      ['absent', true],
    ])
    expect((await distrust(machine, anchor)).map(({ changed }) => changed)).toEqual([false, false])
  })

  test('the newer place of Chromium is used where it is the one that exists', async () => {
    await using made = await makeMachine([])
    const folder = join(made.machine.home, '.local/share/pki/nssdb')
    await createDatabase(made.machine, folder)
    expect(await trust(made.machine, made.anchor)).toEqual([
      { title: 'Chromium', place: folder, state: 'trusted', changed: true },
    ])
  })

  test('an earlier authority is replaced, and stays if the new one can’t be taken', async () => {
    await using made = await makeMachine([])
    const { machine, anchor } = made
    const folder = join(machine.home, '.pki/nssdb')
    await trust(machine, anchor)
    const renewed = await made.renewed()
    const missing = { ...renewed, certificateFile: join(made.directory, 'absent.crt') }
    const [failed] = await trust(machine, missing)
    expect(failed).toMatchObject({
      state: 'outdated',
      changed: false,
      problem: { code: 'ERR_PROGRAM_FAILED' },
    })
    expect(isSame((await findAuthority(machine, folder, anchor.name))!, anchor.certificate)).toBe(true)
    expect(await trust(machine, renewed)).toMatchObject([{ state: 'trusted', changed: true }])
    expect(isSame((await findAuthority(machine, folder, anchor.name))!, renewed.certificate)).toBe(true)
  })

  test('a database that is broken is a problem, not an absence', async () => {
    await using made = await makeMachine([])
    const folder = join(made.machine.home, '.pki/nssdb')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'cert9.db'), 'no database')
    expect(await trustStatus(made.machine, made.anchor)).toMatchObject([
      { state: undefined, changed: false, problem: { code: 'ERR_PROGRAM_FAILED' } },
    ])
  })
})

test('without certutil nothing is made, and what to install is said', async () => {
  await using made = await makeMachine([])
  const machine = { ...made.machine, env: { PATH: '/nowhere' } }
  expect(await trust(machine, made.anchor)).toMatchObject([
    {
      title: 'Chromium',
      state: 'absent',
      changed: false,
      problem: { code: 'ERR_PROGRAM_MISSING', message: expect.stringContaining('libnss3-tools') as string },
    },
  ])
  expect(await readdir(machine.home)).toEqual([])
})
