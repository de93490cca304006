// Writes ../verifier/verify.html.gz: the desk as one file that opens from disk.
// Script, style, Worker and verifier are in it; its own policy lets it ask nothing
// of any network.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { build } from 'vite'

const root = fileURLToPath(new URL('../', import.meta.url))
const out = new URL('../../verifier/', import.meta.url)

async function bundle(input) {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [svelte()],
    build: {
      write: false,
      target: 'es2022',
      cssCodeSplit: false,
      modulePreload: false,
      rolldownOptions: { input: root + input, output: { format: 'iife', codeSplitting: false } },
    },
  })
  const output = (Array.isArray(result) ? result[0] : result).output
  const chunks = output.filter((o) => o.type === 'chunk')
  if (chunks.length !== 1) throw new Error(`${input} became ${chunks.length} scripts; it must be one`)
  const style = output.filter((o) => o.type === 'asset' && o.fileName.endsWith('.css')).map((o) => String(o.source))
  return { script: chunks[0].code.trim(), style: style.join('').trim() }
}

const page = await bundle('src/verify/main.ts')
const worker = await bundle('src/desk/verifier.worker.ts')
const program = gzipSync(readFileSync(root + 'src/desk/generated/fieldseal.wasm'), { level: 9 }).toString('base64')

// In HTML a script ends at the first of these, wherever it stands.
for (const [name, text] of Object.entries({ page: page.script, worker: worker.script }))
  if (/<\/?script/i.test(text)) throw new Error(`the ${name} script holds a text that ends a script in HTML`)
if (/<\/style/i.test(page.style)) throw new Error('the style holds a text that ends a style in HTML')

const digest = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const policy = [
  "default-src 'none'",
  `script-src ${digest(page.script)} 'wasm-unsafe-eval' blob:`,
  'worker-src blob:',
  `style-src ${digest(page.style)}`,
  'img-src data:',
  'media-src blob: mediastream:',
  "form-action 'none'",
  "base-uri 'none'",
].join('; ')

const html = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>现场封签 Fieldseal</title>
<style>${page.style}</style>
</head>
<body>
<noscript>此页面需要 JavaScript。This page needs JavaScript.</noscript>
<div id="app"></div>
<script type="text/plain" id="verifier">${worker.script}</script>
<script type="application/octet-stream" id="program">${program}</script>
<script>${page.script}</script>
</body>
</html>
`
mkdirSync(out, { recursive: true })
const packed = gzipSync(html, { level: 9 })
writeFileSync(new URL('verify.html.gz', out), packed)
console.log(`verify.html: ${Buffer.byteLength(html)} bytes, ${packed.length} packed`)
