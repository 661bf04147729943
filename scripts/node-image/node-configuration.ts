import { ImageError } from '../image-assembly/errors.ts'

/** kind's default for pods. */
const podSubnet = '10.244.0.0/24'

/** The network of one node: a pair of interfaces per pod. kindnet, which joins several nodes, is an image. */
export const cniConfiguration = {
  cniVersion: '0.3.1',
  name: 'gatehouse',
  plugins: [
    {
      type: 'ptp',
      ipMasq: true,
      mtu: 1500,
      ipam: {
        type: 'host-local',
        dataDir: '/run/cni-ipam-state',
        routes: [{ dst: '0.0.0.0/0' }],
        ranges: [[{ subnet: podSubnet }]],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
} as const

/** kind's configuration of containerd, with the pause image that this Kubernetes wants. Pure. */
export function containerdConfiguration(text: string, pauseImage: string): string {
  const setting = /^(\s*sandbox_image = )".*"$/m
  if (!setting.test(text)) {
    throw new ImageError('ERR_SOURCE', "kind's config.toml of containerd sets no sandbox_image")
  }
  return text.replace(setting, `$1"${pauseImage}"`)
}

/**
 * The base of every container's OCI spec, from what `ctr oci spec` prints: no limits of its own, and the hook by
 * which kind hides the machine's product name (images/base/Dockerfile). Pure.
 */
export function runtimeSpec(text: string): string {
  const spec = JSON.parse(text) as {
    process: { rlimits?: unknown }
    hooks?: { createContainer?: unknown[] }
  }
  const { rlimits: _, ...process } = spec.process
  const createContainer = [
    ...(spec.hooks?.createContainer ?? []),
    { path: '/kind/bin/mount-product-files.sh' },
  ]
  return JSON.stringify({ ...spec, process, hooks: { ...spec.hooks, createContainer } })
}

interface Storage {
  readonly manifest: string
  readonly provisionerImage: string
  readonly helperImage: string
}

/** Reads kind's manifest of the default StorageClass, and its images, from const_storage.go. Pure. */
export function storageManifest(source: string): Storage {
  const constant = (name: string) => new RegExp(`^const ${name} = "([^"]+)"`, 'm').exec(source)?.[1]
  const provisionerImage = constant('storageProvisionerImage')
  const helperImage = constant('storageHelperImage')
  const template = /^const defaultStorageManifest = `([\s\S]*)^`$/m.exec(source)?.[1]
  if (provisionerImage === undefined || helperImage === undefined || template === undefined) {
    throw new ImageError('ERR_SOURCE', "kind's const_storage.go holds no storage manifest as it used to")
  }
  const manifest = template
    .replaceAll('` + storageProvisionerImage + `', provisionerImage)
    .replaceAll('` + storageHelperImage + `', helperImage)
  return { manifest, provisionerImage, helperImage }
}
