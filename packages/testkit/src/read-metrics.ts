/** A line of metrics: a name, labels and a value. */
export interface MetricLine {
  name: string
  labels: Record<string, string>
  value: number
}

/** All that a process says of itself at an address. */
export async function readMetrics(url: string): Promise<MetricLine[]> {
  const response = await fetch(`${url}/metrics`)
  if (response.status !== 200) throw new Error(`${url}/metrics answered ${response.status}`)
  return parseMetrics(await response.text())
}

export function parseMetrics(text: string): MetricLine[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? []
    if (!name) return []
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', label = '']) => [key, label])
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
}

/** The sum of the lines with this name and, among others, these labels; undefined where there is none. */
export async function readMetric(
  url: string,
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const wanted = Object.entries(labels)
  const lines = (await readMetrics(url)).filter(
    (line) => line.name === name && wanted.every(([key, label]) => line.labels[key] === label),
  )
  return lines.length === 0 ? undefined : lines.reduce((sum, { value }) => sum + value, 0)
}
