import { expect, test } from 'vitest'
import { describeDownloads } from '../src/commands/downloads.ts'

test('downloads are a table of who has what and until when', () => {
  const download = {
    id: '0123456789abcdef0123',
    downloadedBy: 'admin@kyma.cx',
    file: 'adminkubeconfig',
    cluster: 'gatehouse',
    clusterId: 'gatehouse',
    issuedAt: new Date('2026-11-25T18:00:00.123Z'),
    expiresAt: new Date('2026-11-25T19:00:00Z'),
    user: 'system:gatehouse:download:admin@kyma.cx:0123456789abcdef0123',
  } as const
  expect(describeDownloads([download, { ...download, downloadedBy: 'a\u001b[31m\n\u009b2J@b' }])).toEqual([
    'ID                    WHO                          CLUSTER    FILE             SINCE                 UNTIL',
    '0123456789abcdef0123  admin@kyma.cx                gatehouse  adminkubeconfig  2026-11-25T18:00:00Z  2026-11-25T19:00:00Z',
    '0123456789abcdef0123  a\\u001b[31m\\u000a\\u009b2J@b  gatehouse  adminkubeconfig  2026-11-25T18:00:00Z  2026-11-25T19:00:00Z',
  ])
})
