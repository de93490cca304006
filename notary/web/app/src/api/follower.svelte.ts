// Follows the stream of admitted batches. It resumes after the last event it took,
// so that nothing is missed between two connections; where the notary says that this
// cannot be had (410), whoever follows is told to fetch afresh.

import { Refusal, address, ask, type Query } from './client'
import { Parser } from './events'
import type { Admission, AlarmStep, Reached, Thinned } from './types'

export interface Listener {
  admission?(a: Admission): void
  state?(s: Reached): void
  alarm?(a: AlarmStep): void
  thinned?(t: Thinned): void
  // fresh is called at the first connection and whenever there is a hole: what is
  // shown must be fetched again.
  fresh(): void
}

export type Line = 'connecting' | 'live' | 'waiting' | 'refused'

// silence is how long the notary may say nothing before the line counts as dead; it
// sends a comment every 15 s.
const silence = 40_000

export class Follower {
  line = $state<Line>('connecting')
  refused = $state.raw<Refusal | null>(null)
  thinned = $state(0) // admissions left out since the page follows
  since = $state(Date.now()) // when the line came to be so
  private last = ''
  private end = new AbortController()

  constructor(
    private query: Query,
    private listener: Listener,
  ) {
    void this.run()
  }

  stop() {
    this.end.abort()
  }

  private turn(to: Line) {
    if (this.line === to) return
    this.line = to
    this.since = Date.now()
  }

  private async run() {
    let wait = 1000
    while (!this.end.signal.aborted) {
      try {
        await this.connect(() => (wait = 1000))
      } catch (e) {
        if (this.end.signal.aborted) return
        if (e instanceof Refusal && e.status === 410) {
          this.last = ''
          continue
        }
        if (e instanceof Refusal && [400, 401, 403, 404].includes(e.status)) {
          this.refused = e
          this.turn('refused')
          return
        }
      }
      if (this.end.signal.aborted) return
      this.turn('waiting')
      await this.pause(wait * (0.75 + Math.random() / 2))
      wait = Math.min(wait * 2, 30_000)
    }
  }

  private async connect(opened: () => void) {
    const line = new AbortController()
    const stop = () => line.abort()
    this.end.signal.addEventListener('abort', stop)
    let timer = setTimeout(stop, silence)
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (this.last) headers['Last-Event-ID'] = this.last
      const res = await ask(address('stream', this.query), { signal: line.signal, headers })
      if (!res.body) throw new Refusal(0, '', '')
      opened()
      this.turn('live')
      if (!this.last) this.listener.fresh()
      const parser = new Parser()
      const reader = res.body.pipeThrough(new TextDecoderStream()).getReader()
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return
        clearTimeout(timer)
        timer = setTimeout(stop, silence)
        for (const m of parser.push(value)) this.take(m.event, m.data)
        // Only what was taken whole is behind us.
        if (parser.lastID) this.last = parser.lastID
      }
    } finally {
      clearTimeout(timer)
      this.end.signal.removeEventListener('abort', stop)
      line.abort()
    }
  }

  private take(event: string, data: string) {
    const body: unknown = JSON.parse(data)
    switch (event) {
      case 'admission':
        this.listener.admission?.(body as Admission)
        break
      case 'state':
        this.listener.state?.(body as Reached)
        break
      case 'alarm':
        this.listener.alarm?.(body as AlarmStep)
        break
      case 'thinned':
        this.thinned += (body as Thinned).dropped
        this.listener.thinned?.(body as Thinned)
        break
    }
  }

  private pause(ms: number) {
    return new Promise<void>((done) => {
      const timer = setTimeout(done, ms)
      const now = () => {
        clearTimeout(timer)
        done()
      }
      this.end.signal.addEventListener('abort', now, { once: true })
      addEventListener('online', now, { once: true })
    })
  }
}
