type Label = string | number
type LabelsOf<N extends readonly string[]> = { readonly [K in keyof N]: Label }

/** One value of a gauge, and what it is of: labels in the order of the gauge's names. */
export type Reading = readonly [value: number, ...labels: Label[]]

/** What a family says of itself when it is read. */
export interface Exposed {
  name: string
  help: string
  type: 'counter' | 'histogram' | 'gauge'
  values: { metricName?: string; labels: Record<string, Label>; value: number }[]
}

interface Metric {
  name: string
  expose(): Exposed | Promise<Exposed>
}

/** All that this process counts. */
const metrics = new Map<string, Metric>()

export function allMetrics(): readonly Metric[] {
  return [...metrics.values()]
}

interface Described<N extends readonly string[]> {
  name: string
  help: string
  labels: N
}

let isCounting = true

/** Whether anything is counted in this process. */
export function areMetricsOn(): boolean {
  return isCounting
}

/** Counts nothing from here on, and in no child that was found before. To be called before there is work. */
export function turnMetricsOff(): void {
  isCounting = false
}

/** The values of labels come from lists of ours. Should one not, this bounds what it costs here and in Prometheus. */
const maxLabelSets = 2_000

interface Node<C> {
  next: Map<Label, Node<C>>
  child: C | undefined
}

const newNode = <C>(): Node<C> => ({ next: new Map(), child: undefined })

/** A metric with labels: one child for each set of their values. */
export interface Labelled<N extends readonly string[], C> {
  /** The child of these values, given in the order of the labels' names; `other` for all where there are too many. */
  with(...values: LabelsOf<N>): C
}

/** Finding a child makes no string. */
class Family<N extends readonly string[], C> implements Labelled<N, C> {
  private readonly root = newNode<C>()
  private readonly uncounted: C
  readonly children: { labels: readonly Label[]; child: C }[] = []

  constructor(
    private readonly described: Described<N>,
    private readonly makeChild: () => C,
  ) {
    this.uncounted = makeChild()
  }

  with(...values: LabelsOf<N>): C {
    if (!isCounting) return this.uncounted
    let node: Node<C> | undefined = this.root
    for (const value of values) node = node?.next.get(value)
    return node?.child ?? this.add(values)
  }

  private add(values: readonly Label[]): C {
    const labels = this.children.length < maxLabelSets ? values : values.map(() => 'other')
    let node = this.root
    for (const value of labels) {
      const next = node.next.get(value) ?? newNode<C>()
      node.next.set(value, next)
      node = next
    }
    if (!node.child) {
      node.child = this.makeChild()
      this.children.push({ labels, child: node.child })
    }
    return node.child
  }

  labelled(values: readonly Label[]): Record<string, Label> {
    return Object.fromEntries(this.described.labels.map((name, index) => [name, values[index] ?? '']))
  }
}

export class Counter {
  value = 0

  inc(by = 1): void {
    if (isCounting) this.value += by
  }
}

/** A metric that only grows. Made once, at the top of a file; its children are found by `with`. */
export function counter<const N extends readonly string[]>(described: Described<N>): Labelled<N, Counter> {
  const family = new Family<N, Counter>(described, () => new Counter())
  const values = () =>
    family.children.map(({ labels, child: { value } }) => ({ labels: family.labelled(labels), value }))
  register(described, 'counter', values)
  return family
}

export class Histogram {
  readonly counts: number[]
  sum = 0

  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Array(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    if (!isCounting) return
    let index = 0
    while (index < this.bounds.length && value > (this.bounds[index] as number)) index++
    this.counts[index] = (this.counts[index] as number) + 1
    this.sum += value
  }

  /** Observes the seconds since a time of `performance.now()`. */
  observeSince(startedAt: number): void {
    if (!isCounting) return
    this.observe((performance.now() - startedAt) / 1000)
  }
}

/** A metric of times or sizes, counted by the smallest of its bounds that is not below. */
export function histogram<const N extends readonly string[]>(
  described: Described<N> & { bounds: readonly number[] },
): Labelled<N, Histogram> {
  const { name, bounds } = described
  const family = new Family<N, Histogram>(described, () => new Histogram(bounds))
  register(described, 'histogram', () =>
    family.children.flatMap(({ labels: values, child }) =>
      exposeHistogram(name, bounds, child, family.labelled(values)),
    ),
  )
  return family
}

function exposeHistogram(name: string, bounds: readonly number[], child: Histogram, labels: Record<string, Label>) {
  let count = 0
  const buckets = child.counts.map((own, index) => {
    count += own
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[index] ?? '+Inf' }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: child.sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

/**
 * A metric that is read when somebody looks. One that cannot be read is left out, so that the rest is still seen. Of two
 * with the same name the later one is read.
 */
export function gauge<const N extends readonly string[]>(
  described: Described<N> & { read: () => readonly Reading[] | Promise<readonly Reading[]> },
): void {
  const family = new Family<N, never>(described, () => undefined as never)
  register(described, 'gauge', async () => {
    try {
      return (await described.read()).map(([value, ...labels]) => ({ labels: family.labelled(labels), value }))
    } catch {
      return []
    }
  })
}

function register(
  { name, help }: Described<readonly string[]>,
  type: Exposed['type'],
  values: () => Exposed['values'] | Promise<Exposed['values']>,
): void {
  metrics.set(name, { name, expose: async () => ({ name, help, type, values: await values() }) })
}

const keptMs = 5_000
const timeoutMs = 2_000

/**
 * For gauges that cost something to read: gives what was read up to five seconds ago, also where that was an error, and
 * waits for two seconds at most. Never reads twice at once.
 */
export function readSeldom<T>(load: () => Promise<T>, now = () => performance.now()): () => Promise<T> {
  let reading: Promise<T> | undefined
  let isBusy = false
  let goodUntil = 0
  return () => {
    if (!reading || (!isBusy && now() >= goodUntil)) {
      isBusy = true
      goodUntil = now() + keptMs
      reading = load().finally(() => (isBusy = false))
    }
    return inTime(reading)
  }
}

function inTime<T>(reading: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Not read within ${timeoutMs} ms`)), timeoutMs).unref()
    reading.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
