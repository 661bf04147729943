import { builtPage } from './built-page.ts'

const { directory, builtInMs } = await builtPage()
const when = builtInMs === undefined ? 'it was there' : `built in ${Math.round(builtInMs)} ms`
console.log(`${directory} (${when})`)
