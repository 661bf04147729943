import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '@gatehouse/stack/doctor'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { PathB } from './path-b.ts'

/** `gatehouse doctor` about a stack that runs. */
export function testDoctor(opened: () => PathB): void {
  describe('doctor', () => {
    const stack = () => opened().stack

    async function doctor() {
      const { exitCode, stdout, stderr } = await stack().gatehouse('doctor', '--json')
      expect(stderr).toBe('')
      return { exitCode, findings: JSON.parse(stdout) as Finding[] }
    }

    test('a healthy stack has no error, and OpenID Connect is proven at the API server and at the proxy', async () => {
      const { exitCode, findings } = await doctor()
      expect(findings.filter(({ level }) => level === 'error')).toEqual([])
      expect(exitCode).toBe(0)
      const person = stack().status.people.find(({ groups }) => groups.length > 0)!
      const who = `${person.email} (${[...person.groups, 'system:authenticated'].join(', ')})`
      expect(findings.filter(({ check }) => check === 'openid connect')).toMatchObject([
        {
          level: 'ok',
          message: expect.stringContaining(`iss ${stack().status.issuer}, aud kyma-client, exp 2`),
        },
        { level: 'ok', message: `kube-apiserver knows the bearer as ${who}` },
        { level: 'ok', message: `apiserver-proxy knows the bearer as ${who}` },
        { level: 'ok', message: 'kube-apiserver refuses a forged token (401)' },
        { level: 'ok', message: 'apiserver-proxy refuses a forged token (401)' },
      ])
      const checked = findings.filter(({ check }) =>
        ['ports', 'processes', 'certificates', 'permissions', 'clock'].includes(check),
      )
      expect(checked.filter(({ level }) => level !== 'ok')).toEqual([])
      expect(new Set(checked.map(({ check }) => check)).size).toBe(5)
    })

    test('for people it is one line per finding and a sum, without colours where there is no terminal', async () => {
      const { stdout, exitCode } = await stack().gatehouse('doctor')
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^✓ openid connect  apiserver-proxy refuses a forged token \(401\)$/m)
      expect(stdout).toMatch(/^0 errors, \d+ warnings?, \d+ ok, \d+ skipped$/m)
      expect(stdout).not.toContain('\u001B')
    })

    test('a certificate of the proxy that others can read is a warning, its key an error', async () => {
      const certificate = join(stack().directory, 'default', 'pki', 'apiserver-proxy.crt')
      const key = certificate.replace('.crt', '.key')
      onTestFinished(() => Promise.all([chmod(certificate, 0o600), chmod(key, 0o600)]).then(() => undefined))
      await chmod(certificate, 0o644)
      const readable = await doctor()
      expect(readable.exitCode).toBe(0)
      expect(readable.findings).toContainEqual({
        check: 'permissions',
        level: 'warning',
        message: `others may read ${certificate} (mode 0644, not 0600)`,
        remedy: `Run: chmod 600 '${certificate}'`,
      })
      await chmod(key, 0o644)
      const exposed = await doctor()
      expect(exposed.exitCode).toBe(1)
      expect(exposed.findings).toContainEqual(
        expect.objectContaining({
          check: 'permissions',
          level: 'error',
          message: expect.stringContaining(key),
        }),
      )
    })

    test('a configuration that no start would take is told while the stack runs', async () => {
      const file = join(stack().directory, 'gatehouse.yaml')
      onTestFinished(() => writeFile(file, '{}\n'))
      await writeFile(file, 'domain: NOT A HOST\n')
      const { exitCode, findings } = await doctor()
      expect(exitCode).toBe(1)
      expect(findings).toContainEqual(
        expect.objectContaining({
          check: 'configuration',
          level: 'error',
          message: expect.stringContaining('/domain'),
        }),
      )
      // The proof does not depend on it.
      expect(findings).toContainEqual(
        expect.objectContaining({
          check: 'openid connect',
          message: expect.stringContaining('apiserver-proxy knows'),
        }),
      )
    })
  })
}
