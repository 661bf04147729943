// oxlint-disable-next-line import/no-unassigned-import -- it adds to Reflect what the next import needs
import 'reflect-metadata'

export * from '@peculiar/x509'
