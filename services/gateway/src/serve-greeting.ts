import { createHash } from 'node:crypto'
import express, { type Router } from 'express'

export interface OtherPages {
  /** Where the simulated phone is, and where whoever pays by card is played; none where nothing is simulated. */
  phone?: string | undefined
  cards?: string | undefined
}

const style = 'body{font:1.1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 1rem}'

/** Nothing but its own style and icon; links are not loading. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "img-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** What a person finds who opens the shop's address in a browser; programs are told that nothing is there. */
export function serveGreeting(pages: OtherPages = {}): Router {
  const router = express.Router({ caseSensitive: true, strict: true })
  const page = writePage(pages)
  router.get('/', (request, response, next) => {
    response.vary('Accept')
    // A program that takes anything says */*.
    if (!request.headers.accept?.includes('text/html')) return next()
    response.setHeader('Content-Security-Policy', policy)
    response.type('text/html').send(page)
  })
  return router
}

function writePage({ phone, cards }: OtherPages): string {
  const links = [
    link('/api/docs', 'The documentation of its API', 'every endpoint, to read and to try'),
    link('/api/products', 'Its products', 'as a program sees them'),
    ...(phone ? [link(phone, 'The simulated phone', 'M-Pesa prompts arrive here')] : []),
    ...(cards ? [link(cards, 'The simulated cards', 'who pays by card is played here')] : []),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Duka</title>
<link rel="icon" href="/api/docs/favicon-32x32.png">
<style>${style}</style>
</head>
<body>
<h1>This shop is running</h1>
<p>It is the backend of a shop: apps and pages talk to it under <code>/api</code>.</p>
<ul>
${links.join('\n')}
</ul>
</body>
</html>
`
}

function link(url: string, name: string, about: string): string {
  return `<li><a href="${escapeHtml(url)}">${name}</a>: ${about}</li>`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
