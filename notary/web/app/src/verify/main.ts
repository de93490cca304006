// verify.html: the desk as one file that opens from disk. build/verify.mjs puts this
// script, the style, the Worker's script and the packed verifier into it.
import { mount } from 'svelte'
import '../app.css'
import { Desk } from '../desk/desk.svelte'
import Sheet from './Sheet.svelte'

function block(id: string): string {
  const text = document.getElementById(id)?.textContent
  if (!text) throw new Error(`verify.html holds no ${id}: it was not written whole; write it again`)
  return text
}

const desk = new Desk({
  worker: () => {
    const url = URL.createObjectURL(new Blob([block('verifier')], { type: 'text/javascript' }))
    try {
      return new Worker(url)
    } finally {
      // The Worker has fetched it by the time the page is idle.
      setTimeout(() => URL.revokeObjectURL(url), 60_000)
    }
  },
  source: () => ({ base64: block('program') }),
})

const target = document.getElementById('app')
if (!target) throw new Error('verify.html has no element with the id app')
mount(Sheet, { target, props: { desk } })
