import { chmod, copyFile, cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Cached, cached } from '../image-assembly/cache.ts'
import { run } from '../image-assembly/command.ts'
import type { Context } from '../image-assembly/context.ts'
import {
  cniConfiguration,
  containerdConfiguration,
  runtimeSpec,
  storageManifest,
} from './node-configuration.ts'
import { packDirectory } from '../image-assembly/pack.ts'

interface NodeOptions {
  /** The source of kind, whose node files are used as they are. */
  readonly kindSource: string
  readonly kubernetesVersion: string
  readonly pauseImage: string
  /** Executables: path in the node, and where it is here. */
  readonly programs: Readonly<Record<string, string>>
  readonly ctr: string
  /** What decides the content of the programs. */
  readonly inputs: unknown
}

const units = ['kubelet.service', 'containerd.service', 'undo-mount-hacks.service']

/** Makes the layer with what kind and Kubernetes add to Debian: a folder with `layer.tar`. */
export async function buildNodeFiles(options: NodeOptions, context: Context): Promise<Cached> {
  const { kindSource, kubernetesVersion, pauseImage, programs, ctr } = options
  const recipe = await Promise.all(
    ['node-files.ts', 'node-configuration.ts'].map((name) =>
      readFile(join(import.meta.dirname, name), 'utf8'),
    ),
  )
  const inputs = { ...options, recipe }
  return cached('node', inputs, context, async (directory) => {
    const root = join(directory, 'root')
    await copyKindFiles(join(kindSource, 'images/base/files'), root)
    await enableUnits(join(root, 'etc/systemd/system'))
    for (const [path, source] of Object.entries(programs)) {
      await mkdir(join(root, dirname(path)), { recursive: true })
      await copyFile(source, join(root, path))
      await chmod(join(root, path), 0o755)
    }
    const configuration = join(root, 'etc/containerd/config.toml')
    await writeFile(configuration, containerdConfiguration(await readFile(configuration, 'utf8'), pauseImage))
    const storage = await readFile(join(kindSource, 'pkg/build/nodeimage/const_storage.go'), 'utf8')
    await writeFiles(root, {
      'etc/containerd/cri-base.json': runtimeSpec(await run(ctr, ['oci', 'spec'], context)),
      'etc/cni/net.d/10-gatehouse.conflist': JSON.stringify(cniConfiguration, undefined, 2),
      'kind/version': kubernetesVersion,
      // kind applies this one; the network itself is configured above, in a file.
      'kind/manifests/default-cni.yaml': noManifest,
      'kind/manifests/default-storage.yaml': storageManifest(storage).manifest,
    })
    await mkdir(join(root, 'etc/kubernetes/manifests'), { recursive: true })
    await packDirectory(root, join(directory, 'layer.tar'), context, { ownedByRoot: true })
  })
}

const noManifest = `apiVersion: v1
kind: ConfigMap
metadata:
  name: node-network
  namespace: kube-system
data:
  plugin: ptp
`

/** Modes are those of kind's Dockerfile: Go's module cache knows none. */
async function copyKindFiles(source: string, root: string): Promise<void> {
  await cp(source, root, { recursive: true })
  for (const entry of await readdir(root, { recursive: true })) {
    const path = join(root, entry)
    const isDirectory = (await stat(path)).isDirectory()
    const isProgram = /^(usr\/local\/bin|kind\/bin)\//.test(entry)
    await chmod(path, isDirectory || isProgram ? 0o755 : 0o644)
  }
}

/** What `systemctl enable` and `systemctl mask` do. */
async function enableUnits(directory: string): Promise<void> {
  const wants = join(directory, 'multi-user.target.wants')
  await mkdir(wants, { recursive: true })
  for (const unit of units) await symlink(`/etc/systemd/system/${unit}`, join(wants, unit))
  await symlink('/dev/null', join(directory, 'systemd-binfmt.service'))
}

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
}
