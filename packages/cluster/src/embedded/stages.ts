/**
 * kwok's stages (kwok.x-k8s.io/v1alpha1): what happens to a node and a pod, instead of a kubelet. The
 * templates are Go's; `NodeIP`, `PodIPsWith` and the like are kwok's functions. The selectors are jq.
 */
export interface Stage {
  readonly apiVersion: 'kwok.x-k8s.io/v1alpha1'
  readonly kind: 'Stage'
  readonly metadata: { readonly name: string }
  readonly spec: object
}

interface Expression {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

function stage(name: string, kind: 'Node' | 'Pod', when: readonly Expression[], rest: object): Stage {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions: when }, ...rest },
  }
}

const READY = '.status.conditions.[] | select( .type == "Ready" ) | .status'
const isLiving: Expression = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' }
const isRunning: Expression = { key: '.status.phase', operator: 'In', values: ['Running'] }

const nodeConditions = `
{{ $now := Now }}
{{ $since := or .metadata.creationTimestamp $now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $since | Quote }}
{{ end }}
`

/** The first report of a node, and of one that had been lost. */
const nodeInitialize = stage(
  'node-initialize',
  'Node',
  [{ key: READY, operator: 'NotIn', values: ['True'] }],
  {
    next: {
      statusTemplate: `${nodeConditions}
addresses:
- type: InternalIP
  address: {{ NodeIP | Quote }}
- type: Hostname
  address: {{ .metadata.name | Quote }}
daemonEndpoints:
  kubeletEndpoint:
    Port: {{ NodePort }}
{{ range $field := list "allocatable" "capacity" }}
{{ $field }}:
  cpu: "64"
  memory: 256Gi
  pods: "1000"
  ephemeral-storage: 1Ti
{{ end }}
nodeInfo:
  architecture: {{ index .metadata.labels "kubernetes.io/arch" | Quote }}
  operatingSystem: linux
  osImage: none
  kernelVersion: none
  kubeletVersion: {{ printf "kwok-%s" Version }}
  kubeProxyVersion: ""
  containerRuntimeVersion: {{ printf "kwok://%s" Version }}
  bootID: ""
  machineID: ""
  systemUUID: ""
phase: Running
`,
    },
  },
)

/** More often than the 50 s after which the controller manager gives a node up. */
const nodeHeartbeat = stage(
  'node-heartbeat',
  'Node',
  [isRunning, { key: READY, operator: 'In', values: ['True'] }],
  {
    delay: { durationMilliseconds: 15_000, jitterDurationMilliseconds: 20_000 },
    next: { statusTemplate: nodeConditions },
    immediateNextStage: true,
  },
)

const podRun = stage(
  'pod-run',
  'Pod',
  [
    isLiving,
    { key: '.status.phase', operator: 'In', values: ['Pending'] },
    { key: READY, operator: 'NotIn', values: ['True'] },
  ],
  {
    next: {
      statusTemplate: `
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
{{ range $type := list "PodReadyToStartContainers" "Initialized" "ContainersReady" "Ready" }}
- type: {{ $type }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
{{ range .spec.readinessGates }}
- type: {{ .conditionType | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  restartCount: 0
  ready: true
  {{ if eq .restartPolicy "Always" }}
  started: true
  state:
    running:
      startedAt: {{ $now | Quote }}
  {{ else }}
  started: false
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
  {{ end }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  restartCount: 0
  ready: true
  started: true
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
`,
    },
  },
)

/** A pod that is not to be restarted has done its work after a second: those of Jobs always are of this kind. */
const podComplete = stage(
  'pod-complete',
  'Pod',
  [isLiving, isRunning, { key: '.spec.restartPolicy', operator: 'In', values: ['Never', 'OnFailure'] }],
  {
    delay: { durationMilliseconds: 1_000 },
    next: {
      statusTemplate: `
{{ $now := Now }}
{{ $started := .status.startTime }}
phase: Succeeded
conditions:
{{ range $type := list "ContainersReady" "Ready" }}
- type: {{ $type }}
  status: "False"
  reason: PodCompleted
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  restartCount: 0
  ready: false
  started: false
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $started | Quote }}
      finishedAt: {{ $now | Quote }}
{{ end }}
`,
    },
  },
)

const podDelete = stage('pod-delete', 'Pod', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], {
  next: { delete: true },
})

export const stages: readonly Stage[] = [nodeInitialize, nodeHeartbeat, podRun, podComplete, podDelete]
