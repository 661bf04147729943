// The health check of an image, for engines that have nothing but the image itself: exit code 0 if the
// service's operations listener says that it is alive.
const url = process.argv[2]
if (url === undefined) {
  console.error('Usage: node health.mjs URL')
  process.exit(2)
}
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
  console.log(`${url} answered ${response.status}: ${(await response.text()).trim()}`)
  process.exitCode = response.ok ? 0 : 1
} catch (error) {
  const { message, cause } = error as Error
  console.error(`${url}: ${cause instanceof Error ? cause.message : message}`)
  process.exitCode = 1
}
