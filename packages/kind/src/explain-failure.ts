import type { KindErrorCode } from './errors.ts'

/** What went wrong, for people: what it is, and the way out. */
export interface Explanation {
  readonly code: KindErrorCode
  readonly sentence: string
}

interface Cause extends Explanation {
  /** What kind, docker or the engine writes in this case. */
  readonly says: RegExp
}

/** The first that matches is the reason; what hinders everything stands before what follows from it. */
const causes: readonly Cause[] = [
  {
    code: 'ERR_ENGINE_MISSING',
    says: /exec: "(?:docker|podman|nerdctl)": executable file not found/,
    sentence:
      'there is no `docker` on the PATH: install Docker (its command line and its engine), 20.10 or later',
  },
  {
    code: 'ERR_ENGINE_FORBIDDEN',
    says: /permission denied while trying to connect to the docker (?:daemon socket|API)/i,
    sentence:
      'this user may not use the Docker engine: join the group that owns its socket (usually `sudo usermod -aG docker $USER`, then log in again), or run as root',
  },
  {
    code: 'ERR_ENGINE_UNREACHABLE',
    says: /cannot connect to the docker daemon|error during connect|failed to connect to the docker API|is the docker daemon running/i,
    sentence:
      'no Docker engine answers: start it (Linux: `sudo systemctl start docker`; otherwise Docker Desktop, Colima or what you use), or point DOCKER_HOST at one that runs',
  },
  {
    code: 'ERR_ENGINE_TOO_OLD',
    says: /client version \S+ is too new|client is newer than server|unknown flag: --cgroupns|API version .* (?:required|minimum)/i,
    sentence: 'the Docker engine is too old for kind: install 20.10 or later',
  },
  {
    code: 'ERR_DISK_FULL',
    says: /no space left on device|disk quota exceeded/i,
    sentence:
      'the disk is full: free some space where the Docker engine keeps its data (`docker system df` shows what it holds, `docker system prune` removes what nothing uses)',
  },
  {
    code: 'ERR_PORT_TAKEN',
    says: /port is already allocated|address already in use|ports are not available/i,
    sentence: 'a port of the cluster is taken: end what listens on it, or choose another one',
  },
  {
    code: 'ERR_CLUSTER_EXISTS',
    says: /node\(s\) already exist for a cluster with the name/,
    sentence: 'there is a cluster of this name: delete it first, or choose another name',
  },
  {
    code: 'ERR_CLUSTER_UNKNOWN',
    says: /unknown cluster "|no nodes found for cluster|could not (?:find|locate) any control plane nodes/i,
    sentence: 'there is no cluster of this name: `kind get clusters` names those that there are',
  },
  {
    code: 'ERR_IMAGE_MISSING',
    says: /failed to pull image|pull access denied|manifest unknown|unable to find image|not present locally/i,
    sentence:
      'an image is not here and could not be pulled: load or build it first, or check its name and the network',
  },
]

/** Says why kind failed, from what it wrote. Pure. */
export function explainFailure(output: string): Explanation {
  const cause = causes.find(({ says }) => says.test(output))
  if (cause) return { code: cause.code, sentence: cause.sentence }
  return { code: 'ERR_COMMAND', sentence: 'kind failed' }
}
