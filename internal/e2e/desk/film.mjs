// Makes out of a code's SVG what a camera would see of its sheet, a little askew on a
// grey table: a film for Chromium's fake camera, and a photo.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'

// sheet gives the brightness of each pixel; share is the part of the height that the
// code takes, and null is a sheet without one.
function sheet(svg, width, height, share) {
  const luma = Buffer.alloc(width * height, 120)
  const size = svg === null ? 45 : Number(/viewBox="0 0 (\d+) /.exec(svg)[1])
  const dark = new Set([...(svg ?? '').matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map((m) => `${m[1]},${m[2]}`))
  if (svg !== null && dark.size === 0) throw new Error('the SVG holds no modules as film.mjs knows them')
  const scale = (height * share) / size
  const [cos, sin] = [Math.cos(0.06), Math.sin(0.06)]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - width / 2, y - height / 2]
      const u = Math.floor((dx * cos + dy * sin) / scale + size / 2)
      const v = Math.floor((dy * cos - dx * sin) / scale + size / 2)
      if (u >= 0 && v >= 0 && u < size && v < size) luma[y * width + x] = dark.has(`${u},${v}`) ? 40 : 225
    }
  }
  return luma
}

// film is one second at two frames a second.
export function film(svg, path) {
  const [width, height] = [640, 480]
  const luma = sheet(svg, width, height, 0.8)
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

// photo is a PNG as large as a phone's, the code far away in it.
export function photo(svg, path) {
  const [width, height] = [3264, 2448]
  const luma = sheet(svg, width, height, 0.3)
  const lines = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) luma.copy(lines, y * (width + 1) + 1, y * width, (y + 1) * width)
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 0, 0, 0, 0], 8) // eight bits of grey
  writeFileSync(path, Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]))
}
