// Packs what vite built: text and WebAssembly lie in dist as brotli and gzip alone,
// so that the notary's binary holds no third copy and compresses nothing itself.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url).pathname
const packed = new Set(['.js', '.mjs', '.css', '.html', '.svg', '.json', '.webmanifest', '.wasm', '.txt'])
let plain = 0
let sent = 0

for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name)
  if (!statSync(file).isFile() || !packed.has(extname(name))) continue
  const body = readFileSync(file)
  // The best brotli takes half a minute for a verifier of 10 MB, and gains little there.
  const quality = body.length > 2_000_000 ? 9 : 11
  const brotli = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } })
  writeFileSync(file + '.br', brotli)
  writeFileSync(file + '.gz', gzipSync(body, { level: 9 }))
  rmSync(file)
  plain += body.length
  sent += brotli.length
}
console.log(`packed ${plain} bytes into ${sent} (brotli)`)
