// The page's side of the verifier: starts the Worker when it is first needed, says
// how far it is, and ends it when it hangs. Its invariant: a call always settles,
// and the page's own thread never waits for it.

import type { Calls, Op, Reply, Request, Source } from './protocol'

export type Condition =
  | { name: 'idle' }
  | { name: 'loading'; loaded: number; total: number }
  | { name: 'ready'; took: number }
  | { name: 'failed'; step: 'fetch' | 'start' | 'end' | 'slow'; why: string }

/** A call did not settle in its time, and the Worker was ended. */
export class TooSlow extends Error {}

/** The verifier could not be had; the page says why and offers to try again. */
export class Unavailable extends Error {}

/** What the verifier refuses, in its own words. */
export class Refused extends Error {
  constructor(
    en: string,
    readonly zh: string, // '': not known
  ) {
    super(en)
  }
}

/** The longest that one file may take, in ms: far above what the largest takes. */
const deadline = 30_000

interface Waiting {
  request: { op: Op; id: number; args: unknown[] }
  settle: (ok: unknown, took: number) => void
  refuse: (e: Error) => void
}

export interface Maker {
  worker: () => Worker
  source: () => Source | Promise<Source>
}

export class Verifier {
  private worker: Worker | null = null
  private condition: Condition = { name: 'idle' }
  private queue: Waiting[] = [] // the first is being worked on once the Worker is ready
  private timer: ReturnType<typeof setTimeout> | undefined
  private ids = 0

  constructor(
    private readonly maker: Maker,
    private readonly changed: (c: Condition) => void,
    private readonly limit = deadline,
  ) {}

  /** Loads the program, or tries again after a failure. */
  start(): void {
    if (this.worker !== null) return
    this.become({ name: 'loading', loaded: 0, total: 0 })
    let worker: Worker
    try {
      worker = this.maker.worker()
    } catch (e) {
      this.fail('start', e instanceof Error ? e.message : String(e))
      return
    }
    this.worker = worker
    worker.onmessage = (e: MessageEvent<Reply>) => {
      if (this.worker === worker) this.hear(e.data)
    }
    worker.onerror = (e) => {
      e.preventDefault()
      if (this.worker === worker) this.fail('start', e.message || 'the script could not be run')
    }
    void Promise.resolve(this.maker.source()).then(
      (source) => worker.postMessage({ op: 'load', source } satisfies Request),
      (e: unknown) => {
        if (this.worker === worker) this.fail('fetch', String(e))
      },
    )
  }

  /** Asks the verifier; what it refuses is a Refused. */
  async call<O extends Op>(op: O, ...args: Calls[O]['args']): Promise<{ answer: Calls[O]['answer']; took: number }> {
    return new Promise((done, refuse) => {
      const request = { op, id: ++this.ids, args }
      this.queue.push({ request, settle: (ok, took) => done({ answer: ok as Calls[O]['answer'], took }), refuse })
      if (this.worker === null) this.start()
      else if (this.condition.name === 'ready' && this.queue.length === 1) this.next()
    })
  }

  private next(): void {
    const first = this.queue[0]
    if (first === undefined || this.worker === null) return
    this.timer = setTimeout(() => this.slow(), this.limit)
    this.worker.postMessage(first.request satisfies Request)
  }

  private hear(r: Reply): void {
    switch (r.kind) {
      case 'progress':
        if (this.condition.name === 'loading') this.become({ name: 'loading', loaded: r.loaded, total: r.total })
        break
      case 'ready':
        this.become({ name: 'ready', took: r.took })
        this.next()
        break
      case 'failed':
        this.fail(r.step, r.why)
        break
      case 'answer': {
        clearTimeout(this.timer)
        const first = this.queue.shift()
        if (r.error === undefined) first?.settle(r.ok, r.took)
        else first?.refuse(new Refused(r.error, r.error_zh ?? ''))
        this.next()
      }
    }
  }

  /** One file hung the verifier: it alone is given up, the others go to a new Worker. */
  private slow(): void {
    this.end()
    this.queue.shift()?.refuse(new TooSlow())
    if (this.queue.length > 0) this.start()
    else this.become({ name: 'idle' })
  }

  private fail(step: 'fetch' | 'start' | 'end', why: string): void {
    this.end()
    // What was being worked on when it ended may be what ended it.
    const lost = step === 'end' ? this.queue.splice(0, 1) : this.queue.splice(0)
    for (const w of lost) w.refuse(new Unavailable(why))
    if (step === 'end' && this.queue.length > 0) this.start()
    else this.become({ name: 'failed', step, why })
  }

  private end(): void {
    clearTimeout(this.timer)
    this.worker?.terminate()
    this.worker = null
  }

  private become(c: Condition): void {
    this.condition = c
    this.changed(c)
  }
}
