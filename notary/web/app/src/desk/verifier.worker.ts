// The Worker that runs the verifier (cmd/fieldseal-wasm). It is the only script of
// the page that may compile WebAssembly, and it asks for nothing but that program.

import './generated/wasm_exec.js'
import type { Calls, Op, Reply, Request, Source } from './protocol'

interface Go {
  importObject: WebAssembly.Imports
  run(instance: WebAssembly.Instance): Promise<void>
}

interface Program {
  about(): string
  verify(file: Uint8Array, trust: Uint8Array[], settings: { now: number; offset: number }): string
  trust(files: Uint8Array[]): string
  parts(file: Uint8Array): string
  break(file: Uint8Array, part: string, offset: number): string
}

const scope = globalThis as unknown as {
  Go: new () => Go
  fieldseal?: Program
  fieldsealReady?: () => void
  postMessage(r: Reply): void
  onmessage: ((e: MessageEvent<Request>) => void) | null
}

const say = (r: Reply): void => scope.postMessage(r)
const text = (e: unknown): string => (e instanceof Error ? e.message : String(e))

/** Fetches the program and tells how far it is; the address names its digest. */
async function fetched(url: string): Promise<Response> {
  const answer = await fetch(url, { credentials: 'same-origin' })
  if (!answer.ok || answer.body === null) throw new Error(`${answer.status} ${answer.statusText}`.trim())
  // Packed in transit, the length is that of the packed form and says nothing here.
  const total = answer.headers.has('Content-Encoding') ? 0 : Number(answer.headers.get('Content-Length') ?? 0)
  let loaded = 0
  const counted = answer.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, out) {
        loaded += chunk.byteLength
        say({ kind: 'progress', loaded, total })
        out.enqueue(chunk)
      },
    }),
  )
  return new Response(counted, { headers: { 'Content-Type': 'application/wasm' } })
}

function unpacked(base64: string): Response {
  const packed = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(stream, { headers: { 'Content-Type': 'application/wasm' } })
}

async function load(source: Source): Promise<void> {
  const began = performance.now()
  let program: Response
  try {
    program = 'url' in source ? await fetched(source.url) : unpacked(source.base64)
  } catch (e) {
    say({ kind: 'failed', step: 'fetch', why: text(e) })
    return
  }
  try {
    const go = new scope.Go()
    const ready = new Promise<void>((done) => (scope.fieldsealReady = done))
    const { instance } = await WebAssembly.instantiateStreaming(program, go.importObject)
    const end = go.run(instance).then(
      () => 'the verifier ended',
      (e: unknown) => text(e),
    )
    void end.then((why) => say({ kind: 'failed', step: 'end', why }))
    await Promise.race([ready, end])
    if (scope.fieldseal !== undefined) say({ kind: 'ready', took: performance.now() - began })
  } catch (e) {
    say({ kind: 'failed', step: 'start', why: text(e) })
  }
}

/** What a call takes is the page's to keep to; the program refuses what it is not. */
function run<O extends Op>(p: Program, op: O, args: unknown[]): string {
  const calls: { [K in Op]: (...args: Calls[K]['args']) => string } = {
    about: () => p.about(),
    verify: (file, trust, now, offset) => p.verify(file, trust, { now, offset }),
    trust: (files) => p.trust(files),
    parts: (file) => p.parts(file),
    break: (file, part, offset) => p.break(file, part, offset),
  }
  return calls[op](...(args as Calls[O]['args']))
}

scope.onmessage = (e) => {
  const r = e.data
  if (r.op === 'load') {
    void load(r.source)
    return
  }
  const began = performance.now()
  let answer: { ok?: unknown; error?: string; error_zh?: string }
  try {
    if (scope.fieldseal === undefined) throw new Error('the verifier is not loaded')
    answer = JSON.parse(run(scope.fieldseal, r.op, r.args)) as typeof answer
  } catch (e) {
    answer = { error: text(e) }
  }
  say({ kind: 'answer', id: r.id, ...answer, took: performance.now() - began })
}
