import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Stages } from './handle-request.ts'
import { refuseRaw } from './listen.ts'
import { Refusal } from './refusal.ts'

export function createUpgradeHandler(_stages: Stages) {
  return (_request: IncomingMessage, socket: Duplex, _head: Buffer): void => {
    refuseRaw(socket, new Refusal('ERR_BAD_REQUEST', 'upgrades are not supported'))
  }
}
