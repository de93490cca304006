// Writes dist/desk-sw.js: the service worker with the names of the files that the
// desk needs, all that the page consists of but the map.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const dist = new URL('../../dist/', import.meta.url)
const skipped = /^(map|maplibre|pmtiles)/i

const assets = readdirSync(new URL('assets/', dist))
  .filter((f) => /\.(js|css|wasm)$/.test(f) && !skipped.test(f))
  .sort()
if (!assets.some((f) => f.endsWith('.wasm'))) throw new Error('dist/assets holds no verifier: run make page')

const files = [...assets.map((f) => `/assets/${f}`), '/icon.svg']
const version = createHash('sha256')
for (const f of [...files, '/index.html']) version.update(f).update(readFileSync(new URL('.' + f, dist)))

const worker = readFileSync(new URL('desk-sw.js', import.meta.url), 'utf8')
const filled = worker
  .replace('const files = [] // KEEP:FILES', `const files = ${JSON.stringify(files)}`)
  .replace("const version = '' // KEEP:VERSION", `const version = '${version.digest('hex').slice(0, 16)}'`)
if (filled.includes('KEEP:')) throw new Error('build/desk-sw.js has not the lines that are filled in')
writeFileSync(new URL('desk-sw.js', dist), filled)
console.log(`desk-sw.js keeps ${files.length} files`)
