import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveBinaries, versions } from '@gatehouse/binaries'
import { podImageLabel } from '@gatehouse/cluster'
import { acquireLock } from '@gatehouse/binaries/lock'
import { moduleSource, modulesDirectory } from '@gatehouse/binaries/go'
import { buildComponent } from './build-components.ts'
import { keyOf } from '../image-assembly/cache.ts'
import { run } from '../image-assembly/command.ts'
import { components } from './components.ts'
import type { Context } from '../image-assembly/context.ts'
import { buildDebian, debianFiles } from './debian.ts'
import { keyLabel, loadArchive, loadedImage, removeImage } from '../image-assembly/engine.ts'
import { imagesOfNode, pauseImageOf, toolboxImage } from './images.ts'
import { path, writeImageArchive } from '../image-assembly/image-archive.ts'
import { storageManifest } from './node-configuration.ts'
import { buildNodeFiles } from './node-files.ts'
import { buildPause } from './pause.ts'
import { preloadImages } from './preload.ts'
import { assertRequirements } from './requirements.ts'

/**
 * Makes the node image and puts it into the Docker engine under `name`: Go modules, Debian packages and kind's
 * own node files, without pulling an image or running a Dockerfile. What did not change is not made again.
 *
 * @throws ImageError, BinariesError
 */
export async function buildNodeImage(name: string, given: Context): Promise<void> {
  await assertRequirements(given)
  await mkdir(given.cacheDirectory, { recursive: true, mode: 0o700 })
  await using lock = await acquireLock(join(given.cacheDirectory, 'lock'), {
    signal: given.signal,
    onWait: () => given.report('another process is making the node image; waiting for it'),
  })
  const context: Context = { ...given, signal: AbortSignal.any([given.signal, lock.lost]) }
  // First, so that an engine that does not answer is not found out after minutes of work.
  const loaded = await loadedImage(name, context)

  const { env, signal, report } = context
  const [kindSource, kubernetesSource] = await Promise.all([
    moduleSource(join(modulesDirectory, 'kind'), 'sigs.k8s.io/kind', { env, signal }),
    moduleSource(join(modulesDirectory, 'kubernetes'), 'k8s.io/kubernetes', { env, signal }),
  ])
  const control = await resolveBinaries(
    ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'etcd'],
    {
      env,
      signal,
      onProgress: ({ binary, phase, message }) => phase === 'done' || report(`${binary}: ${message}`),
    },
  )
  // One after the other: go uses all processors by itself.
  const kubernetes = await buildComponent(components.kubernetes, context)
  const containerd = await buildComponent(components.containerd, context)
  const runc = await buildComponent(components.runc, context)
  const cniPlugins = await buildComponent(components.cniPlugins, context)
  const criTools = await buildComponent(components.criTools, context)
  const coredns = await buildComponent(components.coredns, context)
  const provisioner = await buildComponent(components.localPathProvisioner, context)
  const debian = await buildDebian(context)

  const kubeadm = join(kubernetes.directory, 'kubeadm')
  const listing = ['config', 'images', 'list', '--kubernetes-version', versions.kubernetes]
  const kubeadmImages = (await run(kubeadm, listing, context)).split('\n')
  const pauseImage = pauseImageOf(kubeadmImages)
  const pause = await buildPause(kubernetesSource, pauseImage.replace(/^.*:/, ''), context)
  const storage = await readFile(join(kindSource, 'pkg/build/nodeimage/const_storage.go'), 'utf8')
  const ctr = join(containerd.directory, 'ctr')
  const controlVersions = Object.values(control).map((binary) => `${binary.name} ${binary.version}`)

  const images = await preloadImages(
    imagesOfNode({
      kubeadmImages,
      storageImages: storageManifest(storage),
      debian: debian.directory,
      programs: {
        'kube-apiserver': control['kube-apiserver'].path,
        'kube-controller-manager': control['kube-controller-manager'].path,
        'kube-scheduler': control['kube-scheduler'].path,
        'kube-proxy': join(kubernetes.directory, 'kube-proxy'),
        etcd: control.etcd.path,
        coredns: join(coredns.directory, 'coredns'),
        pause: join(pause.directory, 'pause'),
        'local-path-provisioner': join(provisioner.directory, 'local-path-provisioner'),
      },
    }),
    { containerd: join(containerd.directory, 'containerd'), ctr },
    controlVersions,
    context,
  )
  const inDirectory = (place: string, directory: string, ...names: string[]) =>
    names.map((file) => [`${place}/${file}`, join(directory, file)] as const)
  const node = await buildNodeFiles(
    {
      kindSource,
      kubernetesVersion: versions.kubernetes,
      pauseImage,
      ctr,
      programs: Object.fromEntries([
        ...inDirectory('usr/bin', kubernetes.directory, 'kubelet', 'kubeadm'),
        ['usr/bin/kubectl', control.kubectl.path],
        ...inDirectory('usr/local/bin', containerd.directory, 'containerd', 'containerd-shim-runc-v2', 'ctr'),
        ...inDirectory('usr/local/bin', criTools.directory, 'crictl'),
        ...inDirectory('usr/local/sbin', runc.directory, 'runc'),
        ...inDirectory(
          'opt/cni/bin',
          cniPlugins.directory,
          'bridge',
          'host-local',
          'loopback',
          'portmap',
          'ptp',
        ),
      ]),
      inputs: controlVersions,
    },
    context,
  )

  const layers = [
    join(debian.directory, debianFiles.root),
    join(node.directory, 'layer.tar'),
    join(images.directory, 'layer.tar'),
  ]
  const labels = { [podImageLabel]: toolboxImage }
  const key = keyOf([debian.key, node.key, images.key, labels])
  if (loaded?.key === key) return report(`${name}: in the engine already`)
  report(`${name}: being put into the engine`)
  const archive = join(context.cacheDirectory, 'image.tar')
  try {
    await writeImageArchive(
      archive,
      {
        name,
        layers,
        config: {
          Env: ['container=docker', path],
          Entrypoint: ['/usr/local/bin/entrypoint', '/sbin/init'],
          // How systemd is told to shut down.
          StopSignal: 'SIGRTMIN+3',
          Labels: { ...labels, [keyLabel]: key },
        },
      },
      context,
    )
    await loadArchive(archive, context)
    if (loaded) await removeImage(loaded.id, context)
  } finally {
    await rm(archive, { force: true })
  }
}
