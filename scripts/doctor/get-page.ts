import axios from 'axios'

const timeoutMs = 8_000
const maxAnswerBytes = 200_000

export type Page = {
  status: number
  data: unknown
  /** The other side's clock, to the second, and this one's before and after. */
  date: Date | undefined
  before: number
  after: number
}

/** One GET without following redirects; rejects where no answer comes in time. */
export async function getPage(url: string, headers: Record<string, string> = {}): Promise<Page> {
  const before = Date.now()
  const {
    status,
    data,
    headers: answered,
  } = await axios.get(url, {
    headers,
    timeout: timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
    maxRedirects: 0,
    maxContentLength: maxAnswerBytes,
    proxy: false,
    validateStatus: () => true,
  })
  const date = new Date(String(answered.date ?? ''))
  return { status, data, date: Number.isNaN(date.getTime()) ? undefined : date, before, after: Date.now() }
}
