// The one desk of the page: it keeps its files while a person looks at other views.

import { Desk } from './desk.svelte'
import program from './generated/fieldseal.wasm?url'

export const desk = new Desk({
  worker: () => new Worker(new URL('./verifier.worker.ts', import.meta.url), { type: 'module' }),
  source: () => ({ url: new URL(program, location.href).href }),
})
