import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { writePrivateFile } from '@gatehouse/private-files'
import { z } from 'zod'
import type { Layout } from './layout.ts'

const recordSchema = z.object({ fingerprint: z.string() })
const settingsSchema = z.record(z.string(), z.string())

/** What decides whether a running cluster can be used again: equal inputs have equal ones. Pure. */
export function fingerprintOf(inputs: unknown): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex')
}

/** The fingerprint of the cluster that was made in this directory; undefined when none was completed. */
export async function readFingerprint({ created }: Layout): Promise<string | undefined> {
  return (await readRecord(created, recordSchema))?.fingerprint
}

export async function writeFingerprint({ created }: Layout, fingerprint: string): Promise<void> {
  await writePrivateFile(created, JSON.stringify({ fingerprint }))
}

/** The kernel's settings from before the cluster; empty when none are known. */
export async function readKernelSettings(file: string): Promise<Record<string, string>> {
  return (await readRecord(file, settingsSchema)) ?? {}
}

/** A file that is not there, or was cut off, is no record. */
async function readRecord<S extends z.ZodType>(file: string, schema: S): Promise<z.output<S> | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
