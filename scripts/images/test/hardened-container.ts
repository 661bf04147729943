import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GenericContainer } from 'testcontainers'
import { onTestFinished } from 'vitest'

/** A container as the restricted Pod Security level has it, with a root file system that nobody may write to. */
export class HardenedContainer extends GenericContainer {
  constructor(image: string) {
    super(image)
    this.hostConfig.ReadonlyRootfs = true
    this.withDroppedCapabilities('ALL').withSecurityOpt('no-new-privileges')
  }

  /** Mounts the file that the images' default command reads (JSON is YAML), and `files` beside it. */
  async withConfiguration(
    configuration: unknown,
    files: Readonly<Record<string, string>> = {},
  ): Promise<this> {
    const directory = await mkdtemp(join(tmpdir(), 'gatehouse-image-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const all = { ...files, 'config.yaml': JSON.stringify(configuration) }
    for (const [name, content] of Object.entries(all)) await writeFile(join(directory, name), content)
    // The images' user is nobody of this machine.
    await chmod(directory, 0o755)
    return this.withBindMounts([{ source: directory, target: '/etc/gatehouse', mode: 'ro' }])
  }
}
