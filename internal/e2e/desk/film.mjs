// Makes a film for Chromium's fake camera out of a code's SVG: the sheet lies a
// little askew on a grey table, one second at two frames a second.
import { closeSync, openSync, writeSync } from 'node:fs'

const width = 640
const height = 480

export function film(svg, path) {
  const size = Number(/viewBox="0 0 (\d+) /.exec(svg)[1])
  const dark = new Set([...svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map((m) => `${m[1]},${m[2]}`))
  if (dark.size === 0) throw new Error('the SVG holds no modules as film.mjs knows them')
  const scale = 380 / size
  const [cos, sin] = [Math.cos(0.06), Math.sin(0.06)]
  const luma = Buffer.alloc(width * height, 120)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - width / 2, y - height / 2]
      const u = Math.floor((dx * cos + dy * sin) / scale + size / 2)
      const v = Math.floor((dy * cos - dx * sin) / scale + size / 2)
      if (u >= 0 && v >= 0 && u < size && v < size) luma[y * width + x] = dark.has(`${u},${v}`) ? 40 : 225
    }
  }
  const chroma = Buffer.alloc((width * height) / 2, 128)
  const f = openSync(path, 'w')
  writeSync(f, `YUV4MPEG2 W${width} H${height} F2:1 Ip A1:1 C420jpeg\n`)
  for (let i = 0; i < 2; i++) {
    writeSync(f, 'FRAME\n')
    writeSync(f, luma)
    writeSync(f, chroma)
  }
  closeSync(f)
}
