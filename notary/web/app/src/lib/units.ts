// Units are sealed as UCUM and SenML write them; people read them otherwise.

const shown: Record<string, string> = {
  Cel: '°C',
  deg: '°',
  'ug/m3': 'µg/m³',
  'mg/m3': 'mg/m³',
  'm3/h': 'm³/h',
  m3: 'm³',
  m2: 'm²',
  '%RH': '% RH',
  'm/s2': 'm/s²',
  Ohm: 'Ω',
  lat: '°',
  lon: '°',
}

export function unit(sealed: string): string {
  return shown[sealed] ?? sealed
}
