// Runs the verifier for browsers in Node over the files of a list and writes one
// answer a line, as the page's Worker would get it.
//
//   node judge.mjs wasm_exec.js fieldseal.wasm list.json
//
// list.json: [{"file", "trust", "now", "offset"}]; trust "" is none.
import { readFile } from 'node:fs/promises'
import { readFileSync, writeSync } from 'node:fs'
import vm from 'node:vm'

const [exec, wasm, list] = process.argv.slice(2)
vm.runInThisContext(readFileSync(exec, 'utf8'), exec)

const go = new globalThis.Go()
const ready = new Promise((done) => (globalThis.fieldsealReady = done))
const { instance } = await WebAssembly.instantiate(await readFile(wasm), go.importObject)
void go.run(instance)
await ready

const bytes = (path) => new Uint8Array(readFileSync(path))
let out = ''
for (const { file, trust, now, offset } of JSON.parse(readFileSync(list, 'utf8'))) {
  const text = bytes(file)
  const trusted = trust === '' ? [] : [bytes(trust)]
  const started = performance.now()
  const answer = globalThis.fieldseal.verify(text, trusted, { now, offset })
  out += JSON.stringify({ ms: performance.now() - started, answer: JSON.parse(answer) }) + '\n'
}
writeSync(1, out)
process.exit(0)
