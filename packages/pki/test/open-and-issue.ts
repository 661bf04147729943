// Started many times at once by the test of concurrency: opens the authority in argv[2], issues, prints it.
import { join } from 'node:path'
import { openCertificateAuthority } from '../src/index.ts'

const directory = process.argv[2]!
const ca = await openCertificateAuthority(join(directory, 'ca'), { commonName: 'Test CA' })
await ca.issueServerCertificate({
  directory: join(directory, 'issued'),
  name: 'proxy',
  dnsNames: [`${process.argv[3]!}.localhost`],
  ipAddresses: [],
})
process.stdout.write(ca.certificatePem)
