// A chart of one point: the line of its values with the band between least and
// greatest, gaps drawn as gaps, limits and alarms drawn. Colours come from the
// tokens, so that light, dark and print agree.

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Bucket, History, Sample } from '../api/types'
import { clockTime, day } from '../lib/time'

export interface Drawn {
  plot: uPlot
  update(h: History): void
  destroy(): void
}

// columns turns buckets into uPlot's columns: of each bucket its first, least,
// greatest and last reading, so that no peak is lost, and every place of the line
// is a reading. A bucket without reading is not in the answer: null there breaks the
// line, so that silence is never bridged.
export function columns(h: History): { data: uPlot.AlignedData; samples: (Sample | null)[] } {
  const x: number[] = []
  const mid: (number | null)[] = []
  const low: (number | null)[] = []
  const high: (number | null)[] = []
  const samples: (Sample | null)[] = []
  let previous: Bucket | null = null
  const cut = (at: number) => {
    x.push(at / 1e6)
    mid.push(null)
    low.push(null)
    high.push(null)
    samples.push(null)
  }
  const pauses = h.buckets.slice(1).map((b, i) => b.first.time - h.buckets[i]!.last.time)
  const usual = pauses.toSorted((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0
  for (const b of h.buckets) {
    if (previous) {
      const since = previous
      // Readings a minute apart fall into distant buckets of a narrow window, and
      // nothing is missing between them; three times the usual pause is silence.
      const silent = b.first.time - since.last.time > Math.max(3 * usual, 1.5 * h.width)
      const gap = h.gaps.some((g) => g.from < b.first.time && g.to > since.last.time && g.to > g.from)
      if (gap || silent) cut((since.last.time + b.first.time) / 2)
    }
    for (const s of inOrder(b)) {
      x.push(s.time / 1e6)
      mid.push(Number(s.value))
      low.push(Number(b.min.value))
      high.push(Number(b.max.value))
      samples.push(s)
    }
    previous = b
  }
  return { data: [x, mid, low, high], samples }
}

function inOrder(b: Bucket): Sample[] {
  const out: Sample[] = []
  for (const s of [b.first, b.min, b.max, b.last].sort((p, q) => p.time - q.time)) if (s.time !== out.at(-1)?.time) out.push(s)
  return out
}

export interface Marks {
  gap: (g: History['gaps'][number]) => string
  low: string
  high: string
}

export function draw(target: HTMLElement, h: History, marks: Marks, choose: (s: Sample) => void, hover: (s: Sample | null) => void, zoom: (from: number, to: number) => void): Drawn {
  let history = h
  let { data, samples } = columns(h)
  const token = (name: string) => getComputedStyle(target).getPropertyValue(name).trim()
  const font = () => `12px ${getComputedStyle(target).fontFamily}`

  const nearest = (u: uPlot): Sample | null => {
    const i = u.cursor.idx
    return i === null || i === undefined ? null : (samples[i] ?? null)
  }

  const background = (u: uPlot) => {
    const { ctx, bbox } = u
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    const at = (micros: number) => u.valToPos(micros / 1e6, 'x', true)
    for (const a of history.alarms) {
      const from = at(a.from)
      const to = a.to ? at(a.to) : bbox.left + bbox.width
      ctx.fillStyle = token('--alarm-tint')
      ctx.fillRect(from, bbox.top, Math.max(2, to - from), bbox.height)
      ctx.fillStyle = token('--alarm')
      ctx.fillRect(from, bbox.top, Math.max(2, to - from), 3 * devicePixelRatio)
    }
    for (const g of history.gaps) {
      const from = at(g.from)
      const to = at(g.to)
      const width = Math.max(2, to - from)
      ctx.fillStyle = token('--silence-tint')
      ctx.fillRect(from, bbox.top, width, bbox.height)
      // Hatched as well, for grey print.
      ctx.strokeStyle = token('--silence')
      ctx.lineWidth = 1
      ctx.save()
      ctx.beginPath()
      ctx.rect(from, bbox.top, width, bbox.height)
      ctx.clip()
      ctx.globalAlpha = 0.35
      ctx.beginPath()
      for (let x = from - bbox.height; x < from + width; x += 9 * devicePixelRatio) {
        ctx.moveTo(x, bbox.top + bbox.height)
        ctx.lineTo(x + bbox.height, bbox.top)
      }
      ctx.stroke()
      ctx.globalAlpha = 1
      ctx.restore()
      const text = marks.gap(g)
      ctx.font = font().replace('12px', `${12 * devicePixelRatio}px`)
      if (ctx.measureText(text).width + 8 < width) {
        ctx.fillStyle = token('--silence')
        ctx.textAlign = 'center'
        ctx.fillText(text, from + width / 2, bbox.top + bbox.height - 8 * devicePixelRatio)
      }
    }
    ctx.restore()
  }

  const limits = (u: uPlot) => {
    const { ctx, bbox } = u
    ctx.save()
    ctx.strokeStyle = token('--alarm')
    ctx.fillStyle = token('--alarm')
    ctx.lineWidth = 1.5 * devicePixelRatio
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio])
    ctx.font = font().replace('12px', `${12 * devicePixelRatio}px`)
    for (const [value, name, below] of [[history.low, marks.low, true], [history.high, marks.high, false]] as const) {
      if (value === undefined) continue
      const y = u.valToPos(Number(value), 'y', true)
      if (y < bbox.top || y > bbox.top + bbox.height) continue
      ctx.beginPath()
      ctx.moveTo(bbox.left, y)
      ctx.lineTo(bbox.left + bbox.width, y)
      ctx.stroke()
      ctx.textAlign = 'left'
      ctx.fillText(`${name} ${value}`, bbox.left + 6, below ? y + 14 * devicePixelRatio : y - 5 * devicePixelRatio)
    }
    ctx.restore()
  }

  const size = () => ({ width: target.clientWidth, height: target.clientWidth < 500 ? 240 : 340 })
  const range = (u: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax => {
    void u
    const edges = [history.low, history.high].filter((l) => l !== undefined).map(Number)
    const lowest = Math.min(...(min === null ? [] : [min]), ...edges)
    const highest = Math.max(...(max === null ? [] : [max]), ...edges)
    if (!Number.isFinite(lowest) || !Number.isFinite(highest)) return [0, 1]
    const pad = (highest - lowest || Math.abs(highest) || 1) * 0.08
    return [lowest - pad, highest + pad]
  }

  const axis = { stroke: () => token('--quiet'), grid: { stroke: () => token('--line'), width: 1 }, ticks: { stroke: () => token('--line') }, font: font() }
  const stamps = (_: uPlot, splits: number[]) =>
    splits.map((s, i) => {
      const micros = s * 1e6
      const step = (splits[1] ?? s) - (splits[0] ?? s)
      const newDay = i === 0 || day(micros) !== day((splits[i - 1] ?? s) * 1e6)
      return step >= 86_400 ? day(micros).slice(5) : clockTime(micros, step < 60) + (newDay ? '\n' + day(micros).slice(5) : '')
    })

  const plot = new uPlot(
    {
      ...size(),
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { size: 9 } },
      scales: { x: { time: true, range: () => [history.from / 1e6, history.to / 1e6] }, y: { range } },
      axes: [
        { ...axis, values: stamps, space: 70 },
        { ...axis, size: 58 },
      ],
      series: [
        {},
        { stroke: () => token('--accent'), width: 1.75, points: { show: (u) => u.data[0].length < 90, size: 5 }, spanGaps: false },
        { stroke: 'transparent', points: { show: false }, spanGaps: false },
        { stroke: 'transparent', points: { show: false }, spanGaps: false },
      ],
      bands: [{ series: [3, 2], fill: () => `color-mix(in srgb, ${token('--accent')} 22%, transparent)` }],
      hooks: {
        drawClear: [background],
        draw: [limits],
        setCursor: [(u) => hover(nearest(u))],
        setSelect: [
          (u) => {
            if (u.select.width < 8) return
            zoom(Math.round(u.posToVal(u.select.left, 'x') * 1e6), Math.round(u.posToVal(u.select.left + u.select.width, 'x') * 1e6))
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          },
        ],
      },
    },
    data,
    target,
  )
  const over = plot.over
  const clicked = () => {
    const s = nearest(plot)
    if (s) choose(s)
  }
  over.addEventListener('click', clicked)
  const resize = new ResizeObserver(() => plot.setSize(size()))
  resize.observe(target)

  return {
    plot,
    update(next) {
      history = next
      ;({ data, samples } = columns(next))
      plot.setData(data)
    },
    destroy() {
      resize.disconnect()
      plot.destroy()
    },
  }
}
