import type { AddressInfo } from 'node:net'
import express, { type Response } from 'express'
import { alwaysOpenMs } from './bare-limits'
import type { RawAnswer } from './json-client'

// A process of its own: answers what the shop answered, byte by byte, and does nothing else for it.
process.once('disconnect', () => process.exit(0))
process.once('message', (answers: RawAnswer[]) => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  for (const { method, path, ...first } of answers) {
    const verb = method.toLowerCase() as 'get' | 'post'
    const [plainPath = ''] = path.split('?')
    // Several queries of one path, each with its own answer.
    const byUrl = new Map(
      answers.filter((each) => each.path.startsWith(`${plainPath}?`)).map((each) => [each.path, each]),
    )
    const give = ({ status, type, body }: Pick<RawAnswer, 'status' | 'type' | 'body'>) => {
      const bytes = Buffer.from(body)
      return (response: Response) => void response.status(status).type(type).send(bytes)
    }
    const [giveFirst, giveByUrl] = [give(first), new Map([...byUrl].map(([url, each]) => [url, give(each)]))]
    app[verb](plainPath, (request, response) => (giveByUrl.get(request.url) ?? giveFirst)(response))
  }
  const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  server.keepAliveTimeout = alwaysOpenMs
})
