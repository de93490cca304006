// Times and durations for people. The zone is the browser's; it is said once a page.

import { lang } from './lang.svelte'

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

export function zoneShort(): string {
  const minutes = -new Date().getTimezoneOffset()
  const h = Math.floor(Math.abs(minutes) / 60)
  const m = Math.abs(minutes) % 60
  return `UTC${minutes < 0 ? '−' : '+'}${h}${m ? ':' + String(m).padStart(2, '0') : ''}`
}

export function zoneName(): string {
  return zoneShort() + (zone && zone !== 'UTC' ? ` (${zone})` : '')
}

const two = (n: number) => String(n).padStart(2, '0')

export function day(micros: number): string {
  const d = new Date(micros / 1000)
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
}

export function clockTime(micros: number, seconds = true): string {
  const d = new Date(micros / 1000)
  return `${two(d.getHours())}:${two(d.getMinutes())}${seconds ? ':' + two(d.getSeconds()) : ''}`
}

// when is as short as it can be beside the present time: today's needs no date.
export function when(micros: number, now: number): string {
  if (!micros) return '–'
  return day(micros) === day(now) ? clockTime(micros) : `${day(micros)} ${clockTime(micros)}`
}

export function full(micros: number): string {
  if (!micros) return '–'
  const d = new Date(micros / 1000)
  return `${day(micros)} ${clockTime(micros)}.${String(d.getMilliseconds()).padStart(3, '0')}`
}

// span is a duration in its two largest units.
export function span(micros: number): string {
  const zh = lang.current === 'zh'
  const s = Math.max(0, Math.round(micros / 1e6))
  const unit = (n: number, en: string, cn: string) => (zh ? `${n}${cn}` : `${n} ${en}`)
  const join = zh ? '' : ' '
  if (s < 60) return unit(s, 's', '秒')
  const m = Math.floor(s / 60)
  if (m < 60) return m < 10 && s % 60 ? unit(m, 'min', '分') + join + unit(s % 60, 's', '秒') : unit(m, 'min', '分钟')
  const h = Math.floor(m / 60)
  if (h < 48) return m % 60 ? unit(h, 'h', '小时') + join + unit(m % 60, 'min', '分') : unit(h, 'h', '小时')
  const d = Math.floor(h / 24)
  if (d >= 730) return unit(Math.floor(d / 365.25), 'years', '年')
  if (d >= 14) return unit(d, 'd', '天')
  return unit(d, 'd', '天') + (h % 24 ? join + unit(h % 24, 'h', '小时') : '')
}

export function ago(micros: number, now: number): string {
  if (!micros) return '–'
  const s = span(now - micros)
  return lang.current === 'zh' ? `${s}前` : `${s} ago`
}

// local is a moment as an input of type datetime-local writes it.
export function local(micros: number): string {
  return `${day(micros)}T${clockTime(micros)}`
}

export function fromLocal(text: string): number | null {
  const ms = new Date(text).getTime()
  return Number.isNaN(ms) ? null : ms * 1000
}

// Making a formatter is what costs: a list of sites writes hundreds of numbers.
const formats = new Map<string, Intl.NumberFormat>()
function number(n: number, digits: number): string {
  const key = lang.tag + digits
  let f = formats.get(key)
  if (!f) formats.set(key, (f = new Intl.NumberFormat(lang.tag, { maximumFractionDigits: digits })))
  return f.format(n)
}

export function percent(share: number): string {
  return `${number(Math.floor(share * 1000) / 10, 1)} %`
}

export function count(n: number): string {
  return number(n, 3)
}
