import { conformance } from './conformance.ts'
import { doctor } from './doctor.ts'
import { down } from './down.ts'
import { downloads } from './downloads.ts'
import { getToken } from './get-token.ts'
import { kubeconfig } from './kubeconfig.ts'
import { logs } from './logs.ts'
import { manifests } from './manifests.ts'
import { password } from './password.ts'
import { revoke } from './revoke.ts'
import { status } from './status.ts'
import { token } from './token.ts'
import { trust } from './trust.ts'
import { up } from './up.ts'
import { why } from './why.ts'

/** Every command, in the order of the help. */
export const commands = [
  up,
  down,
  status,
  logs,
  kubeconfig,
  downloads,
  getToken,
  token,
  password,
  revoke,
  manifests,
  trust,
  why,
  conformance,
  doctor,
] as const
