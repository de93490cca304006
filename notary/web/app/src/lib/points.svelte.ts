// The newest readings of one site as they come in. Readings come from admitted
// batches alone; a newer one is never replaced by an older that arrives later.

import { SvelteMap } from 'svelte/reactivity'
import { all } from '../api/client'
import { Follower } from '../api/follower.svelte'
import type { Admission, AlarmStep, Point, Reached, StreamReading, Thinned } from '../api/types'
import type { State } from './meaning'

// The small history holds the last value of each minute, as the notary tells it.
const sparkLength = 32
const minute = (time: number) => Math.floor(time / 60e6)

export class Points {
  byKey = new SvelteMap<string, Point>()
  error = $state.raw<unknown>(null)
  loaded = $state(false)
  fresh = $state.raw(new Set<string>()) // keys that changed with the newest batch
  follower = $state.raw<Follower | undefined>()
  private reached = $state({ logged: 0, 'anchored (local)': 0, anchored: 0 })
  private end = new AbortController()

  constructor(
    readonly site: string,
    readonly at: number | null,
    private onAlarm: (a: AlarmStep) => void = () => {},
    private onFresh: () => void = () => {},
  ) {
    if (at !== null) {
      void this.load()
      return
    }
    // The first values need not wait for the stream; what came between the two is in
    // the second answer.
    void this.load()
    this.follower = new Follower(
      { site },
      {
        fresh: () => {
          void this.load()
          this.onFresh()
        },
        admission: (a) => this.admission(a),
        state: (s) => this.state(s),
        alarm: (a) => this.onAlarm(a),
        thinned: (t) => this.thinned(t),
      },
    )
  }

  stop() {
    this.end.abort()
    this.follower?.stop()
  }

  load = async () => {
    try {
      const got = await all<Point>('points', { limit: 1000, site: this.site, at: this.at ?? undefined }, this.end.signal)
      for (const p of got) {
        const key = keyOf(p.gateway, p.point)
        const have = this.byKey.get(key)
        // Between the stream's opening and this answer something newer may have come.
        this.byKey.set(key, have && have.time > p.time ? { ...p, ...live(have), spark: have.spark } : p)
      }
      this.error = null
    } catch (e) {
      if (!this.end.signal.aborted) this.error = e
    }
    this.loaded = true
  }

  stateOf(p: Point): State {
    if (p.state === 'anchored' || p.index < this.reached.anchored) return 'anchored'
    if (p.state === 'anchored (local)' || p.index < this.reached['anchored (local)']) return 'anchored (local)'
    if (p.state === 'logged' || p.index < this.reached.logged) return 'logged'
    return 'sealed'
  }

  private admission(a: Admission) {
    const changed = new Set<string>()
    for (const r of a.readings) this.take(a.gateway, r, a, changed)
    for (const g of a.gaps) {
      for (const [key, p] of this.byKey) {
        if (p.gateway !== a.gateway || (g.points.length > 0 && !g.points.includes(p.point)) || g.to < p.time) continue
        this.byKey.set(key, { ...p, reason: g.cause })
      }
    }
    this.fresh = changed
  }

  private take(gateway: string, r: StreamReading, a: Pick<Admission, 'at' | 'boot' | 'seq'> | null, changed: Set<string>) {
    const key = keyOf(gateway, r.point)
    const have = this.byKey.get(key)
    if (!have) {
      if (this.loaded && this.error === null) void this.load() // a point that was not there before
      return
    }
    if (have.time >= r.time) return
    const { reason: _, flag: __, ...rest } = have
    this.byKey.set(key, {
      ...rest,
      value: r.value,
      unit: r.unit,
      time: r.time,
      index: r.index,
      leaf: r.leaf,
      ...(r.flag ? { flag: r.flag } : {}),
      marks: r.marks,
      state: 'sealed',
      blind: false,
      ...(a ? { admitted: a.at, boot: a.boot, seq: a.seq } : {}),
      spark: [...(minute(r.time) > minute(have.time) ? have.spark : have.spark.slice(0, -1)), r.value].slice(-sparkLength),
    })
    changed.add(key)
  }

  private thinned(t: Thinned) {
    const changed = new Set<string>()
    for (const r of t.points) this.take(r.gateway, r, null, changed)
    this.fresh = changed
  }

  private state(s: Reached) {
    if (s.size > this.reached[s.state]) this.reached[s.state] = s.size
  }
}

export function keyOf(gateway: string, point: string): string {
  return `${gateway} ${point}`
}

function live(p: Point) {
  const { value, unit, time, admitted, marks, index, leaf, boot, seq, state } = p
  return { value, unit, time, admitted, marks, ...(p.flag ? { flag: p.flag } : {}), index, leaf, boot, seq, state }
}
