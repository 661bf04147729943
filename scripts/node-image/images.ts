import { join } from 'node:path'
import { debianFiles } from './debian.ts'
import { ImageError } from '../image-assembly/errors.ts'
import type { PreloadedImage } from './preload.ts'

/** A small system with a shell, a web server and the usual tools, for pods of tests and for storage. */
export const toolboxImage = 'gatehouse/toolbox:v1'

interface Sources {
  /** What `kubeadm config images list` prints. */
  readonly kubeadmImages: readonly string[]
  readonly storageImages: { readonly provisionerImage: string; readonly helperImage: string }
  /** A result of `buildDebian`. */
  readonly debian: string
  /** Path of each executable that an image holds. */
  readonly programs: Readonly<Record<ImageProgram, string>>
}

/** The executables of the images, by the names of the images in kubeadm's list. */
const imagePrograms = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'etcd',
  'coredns',
  'pause',
  'local-path-provisioner',
] as const
export type ImageProgram = (typeof imagePrograms)[number]

/** Where images have their executable, if not in /usr/local/bin. */
const places: Partial<Record<ImageProgram, string>> = { coredns: '/coredns', pause: '/pause' }

/** A server for port 80, so that a pod without a command of its own runs, logs a line and answers. */
const serve =
  'mkdir -p /srv && echo toolbox > /srv/index.html && echo serving port 80 && exec httpd -f -v -p 80 -h /srv'

/**
 * The images of a node, under the names by which kubeadm and kind ask for them. Pure.
 *
 * @throws ImageError `ERR_SOURCE` when kubeadm wants an image that is not known here
 */
export function imagesOfNode({ kubeadmImages, storageImages, debian, programs }: Sources): PreloadedImage[] {
  const toolbox = (name: string): PreloadedImage => ({
    name,
    base: join(debian, debianFiles.toolbox),
    config: { Cmd: ['/bin/sh', '-c', serve] },
  })
  const holding = (name: string, program: ImageProgram): PreloadedImage => {
    const place = places[program] ?? `/usr/local/bin/${program}`
    return {
      name,
      ...(program === 'kube-proxy' ? { base: join(debian, debianFiles.kubeProxy) } : {}),
      programs: { [place]: programs[program] },
      config: { Entrypoint: [place] },
    }
  }
  return [
    ...kubeadmImages.map((name) => holding(name, programOf(name))),
    holding(storageImages.provisionerImage, 'local-path-provisioner'),
    toolbox(storageImages.helperImage),
    toolbox(toolboxImage),
  ]
}

/** The pause image in kubeadm's list, which containerd must be told. Pure. */
export function pauseImageOf(kubeadmImages: readonly string[]): string {
  const name = kubeadmImages.find((image) => programOf(image) === 'pause')
  if (name === undefined) throw new ImageError('ERR_SOURCE', 'kubeadm lists no pause image')
  return name
}

function programOf(image: string): ImageProgram {
  const [, last] = /([^/]+):[^/]*$/.exec(image) ?? []
  const program = imagePrograms.find((name) => name === last)
  if (program) return program
  throw new ImageError(
    'ERR_SOURCE',
    `kubeadm wants the image ${image}, which nothing here makes: add it to images.ts`,
  )
}
