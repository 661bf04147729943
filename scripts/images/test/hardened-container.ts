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

  /** Mounts the file that the images' default command reads; JSON is YAML. */
  async withConfiguration(configuration: unknown): Promise<this> {
    const directory = await mkdtemp(join(tmpdir(), 'gatehouse-image-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    await writeFile(join(directory, 'config.yaml'), JSON.stringify(configuration))
    // The images' user is nobody of this machine.
    await chmod(directory, 0o755)
    return this.withBindMounts([{ source: directory, target: '/etc/gatehouse', mode: 'ro' }])
  }
}
