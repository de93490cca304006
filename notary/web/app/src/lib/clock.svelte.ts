// The one clock of the page. Live, it is the notary's time; in replay it stands at
// the moment that the address names (?at=), for every view alike.

import { place } from './routes.svelte'

class Clock {
  // now is the notary's time in µs, as far as its answers tell it.
  now = $state(Date.now() * 1000)
  private offset = 0

  // at is the moment that is replayed, in µs; null: live.
  at = $derived(moment(place.query.get('at')))
  // shown is the time that ages are counted to.
  shown = $derived(this.at ?? this.now)

  constructor() {
    setInterval(() => (this.now = Date.now() * 1000 + this.offset), 1000)
  }

  // hear takes the date of an answer, whole seconds: a phone whose clock is wrong
  // would otherwise call everything old, or nothing.
  hear(date: string | null) {
    const told = date ? Date.parse(date) : NaN
    if (Number.isNaN(told)) return
    const off = (told + 500 - Date.now()) * 1000
    if (Math.abs(off - this.offset) > 2_000_000) {
      this.offset = Math.abs(off) > 2_000_000 ? off : 0
      this.now = Date.now() * 1000 + this.offset
    }
  }
}

// moment reads µs or a date; null when it is neither.
export function moment(text: string | null | undefined): number | null {
  if (!text) return null
  if (/^\d{1,16}$/.test(text)) return Number(text)
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : ms * 1000
}

export const clock = new Clock()
