// Reads a code with the camera or out of a photo. Pictures stay in the page and are
// dropped at once.

/** Why there is no picture. */
export class NoCamera extends Error {
  constructor(readonly reason: 'absent' | 'refused' | 'busy' | 'insecure') {
    super(reason)
  }
}

/** A frame is shrunk to this before it is searched: enough for a code held before a phone. */
const width = 640

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

async function opened(): Promise<MediaStream> {
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices
  if (devices === undefined) throw new NoCamera('insecure')
  try {
    return await devices.getUserMedia({ video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 } }, audio: false })
  } catch (e) {
    const name = e instanceof DOMException ? e.name : ''
    if (name === 'NotAllowedError' || name === 'SecurityError') throw new NoCamera('refused')
    if (name === 'NotReadableError' || name === 'AbortError') throw new NoCamera('busy')
    throw new NoCamera('absent')
  }
}

/** Shows the camera in video and hands each text that a code holds to found, until
 *  that says true or the signal ends it. */
export async function scan(video: HTMLVideoElement, found: (text: string) => boolean, stop: AbortSignal): Promise<void> {
  const [{ decodeQR }, stream] = await Promise.all([import('qr/decode.js'), opened()])
  try {
    if (stop.aborted) return
    video.srcObject = stream
    await video.play()
    const canvas = document.createElement('canvas')
    const pen = canvas.getContext('2d', { willReadFrequently: true })
    if (pen === null) throw new NoCamera('absent')
    while (!stop.aborted) {
      if (video.videoWidth > 0) {
        canvas.width = Math.min(width, video.videoWidth)
        canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth)
        pen.drawImage(video, 0, 0, canvas.width, canvas.height)
        try {
          if (found(decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height)))) return
        } catch {
          // No code in this picture.
        }
      }
      await pause(120)
    }
  } finally {
    for (const t of stream.getTracks()) t.stop()
    video.srcObject = null
  }
}

/** A photo is searched in these widths: a code that fills it is found in the small
 *  ones, one far away in the large ones. */
const widths = [1200, 640, 2400, 4000]

/** Reads the code in a photo; null where none is found. It throws where the file is no
 *  picture that the browser can open. */
export async function readPhoto(photo: Blob): Promise<string | null> {
  const [{ decodeQR }, picture] = await Promise.all([import('qr/decode.js'), createImageBitmap(photo)])
  try {
    const tried = new Set<number>()
    for (const most of widths) {
      const scale = Math.min(1, most / Math.max(picture.width, picture.height))
      if (tried.has(scale)) continue
      tried.add(scale)
      const canvas = document.createElement('canvas')
      canvas.width = Math.max(1, Math.round(picture.width * scale))
      canvas.height = Math.max(1, Math.round(picture.height * scale))
      const pen = canvas.getContext('2d', { willReadFrequently: true })
      if (pen === null) return null
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height)
      try {
        return decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height), { timeLimit: 1500 })
      } catch {
        await pause(0) // the page answers between two tries
      }
    }
    return null
  } finally {
    picture.close()
  }
}
