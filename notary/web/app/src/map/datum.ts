// Coordinates in China come in three datums. WGS-84 and CGCS2000 differ by
// centimetres and are drawn as one. GCJ-02 is offset by some hundred metres on
// purpose; it is taken back for drawing alone, the register keeps what was entered.

import type { Register } from '../api/types'

const a = 6378245 // Krasovsky 1940, as GCJ-02 takes it
const ee = 0.00669342162296594323

export interface Place {
  lat: number
  lon: number
  converted: boolean // from GCJ-02, for display
}

function offset(lat: number, lon: number): { lat: number; lon: number } {
  const x = lon - 105
  const y = lat - 35
  const sin = (k: number, v: number) => Math.sin(k * v * Math.PI)
  const common = (20 * sin(6, x) + 20 * sin(2, x)) * (2 / 3)
  const dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + common + ((20 * sin(1, y) + 40 * sin(1 / 3, y)) * 2) / 3 + ((160 * sin(1 / 12, y) + 320 * sin(1 / 30, y)) * 2) / 3
  const dLon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + common + ((20 * sin(1, x) + 40 * sin(1 / 3, x)) * 2) / 3 + ((150 * sin(1 / 12, x) + 300 * sin(1 / 30, x)) * 2) / 3
  const rad = (lat / 180) * Math.PI
  const magic = 1 - ee * Math.sin(rad) ** 2
  return {
    lat: (dLat * 180) / (((a * (1 - ee)) / (magic * Math.sqrt(magic))) * Math.PI),
    lon: (dLon * 180) / ((a / Math.sqrt(magic)) * Math.cos(rad) * Math.PI),
  }
}

// toGCJ is the offset that maps in China carry.
export function toGCJ(lat: number, lon: number): { lat: number; lon: number } {
  const d = offset(lat, lon)
  return { lat: lat + d.lat, lon: lon + d.lon }
}

// fromGCJ takes the offset back, to well under a metre.
export function fromGCJ(lat: number, lon: number): { lat: number; lon: number } {
  let guess = { lat, lon }
  for (let i = 0; i < 10; i++) {
    const there = toGCJ(guess.lat, guess.lon)
    guess = { lat: guess.lat - (there.lat - lat), lon: guess.lon - (there.lon - lon) }
  }
  return guess
}

// place is where a registered site is drawn; null without usable coordinates.
export function place(r: Register | null): Place | null {
  const c = r?.coordinates
  if (!c || !Number.isFinite(c.lat) || !Number.isFinite(c.lon) || Math.abs(c.lat) > 85 || Math.abs(c.lon) > 180) return null
  if (c.datum === 'GCJ-02') return { ...fromGCJ(c.lat, c.lon), converted: true }
  return { lat: c.lat, lon: c.lon, converted: false }
}
