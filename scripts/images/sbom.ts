import { FromNodePackageJson } from '@cyclonedx/cyclonedx-library/Contrib'
import { Factories } from '@cyclonedx/cyclonedx-library/Contrib/License'
import { ComponentType } from '@cyclonedx/cyclonedx-library/Enums'
import { Bom, Component, SpdxLicense } from '@cyclonedx/cyclonedx-library/Models'
import { JSON as Json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize'
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec'
import { PackageURL } from 'packageurl-js'
import parseLicenceExpression from 'spdx-expression-parse'
import type { DebianPackage } from './debian-packages.ts'
import type { Executable } from './kubernetes.ts'
import type { Manifest } from './packages.ts'

interface Content {
  /** The image, as `docker images` calls it. */
  readonly image: string
  /** package.json of every npm package in the bundle. */
  readonly manifests: readonly Manifest[]
  /** Debian packages of the base image, where it was made here. */
  readonly debian: readonly DebianPackage[]
  /** Of Kubernetes and what it needs. */
  readonly executables: readonly Executable[]
  /** The version of Node, without `v`, where the base image was made here. */
  readonly node?: string
}

const components = new FromNodePackageJson.Builders.ComponentBuilder(
  new FromNodePackageJson.Factories.ExternalReferenceFactory(),
  new Factories.LicenseFactory(parseLicenceExpression),
)

/**
 * The software bill of materials of an image, CycloneDX 1.6 as JSON. It has no serial number and no time, so
 * equal content makes an equal document. Pure.
 */
export function billOfMaterials({ image, manifests, debian, executables, node }: Content): string {
  const bom = new Bom()
  bom.metadata.component = new Component(ComponentType.Container, image)
  for (const manifest of manifests) bom.components.add(npmComponent(manifest))
  for (const { name, version, architecture } of debian) {
    const purl = new PackageURL('deb', 'debian', name, version, { arch: architecture }, undefined).toString()
    bom.components.add(new Component(ComponentType.Library, name, { version, purl, bomRef: purl }))
  }
  if (node !== undefined) {
    const purl = new PackageURL('generic', undefined, 'node', node, undefined, undefined).toString()
    bom.components.add(
      new Component(ComponentType.Application, 'node', { version: node, purl, bomRef: purl }),
    )
  }
  for (const { name, version } of executables) {
    const purl = new PackageURL('generic', undefined, name, version, undefined, undefined).toString()
    const component = new Component(ComponentType.Application, name, { version, purl, bomRef: purl })
    // Of Kubernetes, etcd and kwok alike.
    component.licenses.add(new SpdxLicense('Apache-2.0'))
    bom.components.add(component)
  }
  for (const { bomRef } of bom.components) bom.metadata.component.dependencies.add(bomRef)
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6))
  return serializer.serialize(bom, { sortLists: true, space: 2 })
}

function npmComponent(manifest: Manifest): Component {
  const component = components.makeComponent({ ...manifest }, ComponentType.Library)
  if (!component) throw new Error(`${manifest.name} has no name that a package may have`)
  const purl = new PackageURL('npm', component.group, component.name, component.version, undefined, undefined)
  component.purl = purl.toString()
  component.bomRef.value = component.purl
  return component
}
