import { dirname } from 'node:path'
import { methodNotAllowed } from '@duka/kit/methods'
import express, { type Response, type Router } from 'express'
import { describeApi } from './describe-api'

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Duka: API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="icon" href="/api/docs/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({ url: '/api/docs/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })
`

/** Of the package, just what the page loads. */
const files = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

/** The page loads its own files, draws a few pictures that its style sheet holds, and calls this shop; nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const cacheFor = 'public, max-age=300'

/** The OpenAPI document, and a page to browse it that needs no other server. Nothing of it is loaded before it is asked for. */
export function serveDocs(): Router {
  const router = express.Router({ caseSensitive: true, strict: true })
  let document: string | undefined
  router.get('/api/docs', (_request, response) => {
    response.setHeader('Content-Security-Policy', policy)
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    send(response, 'text/html', page)
  })
  router.get('/api/docs/start.js', (_request, response) => send(response, 'text/javascript', start))
  router.get('/api/docs/openapi.json', (_request, response) => {
    document ??= JSON.stringify(describeApi())
    send(response, 'application/json', document)
  })
  for (const file of files) {
    router.get(`/api/docs/${file}`, (_request, response) => {
      const root = dirname(require.resolve('swagger-ui-dist/package.json'))
      response.setHeader('Cache-Control', cacheFor)
      response.sendFile(file, { root, cacheControl: false })
    })
  }
  router.all(
    ['/api/docs', ...['start.js', 'openapi.json', ...files].map((file) => `/api/docs/${file}`)],
    methodNotAllowed(['GET']),
  )
  return router
}

function send(response: Response, type: string, body: string): void {
  response.setHeader('Cache-Control', cacheFor)
  response.type(type).send(body)
}
