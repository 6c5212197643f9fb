import express, { Router } from 'express'
import { refuseStrangeNames } from './browser-guard'

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-cache',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** A simulator's page for people, from the files of this folder only. */
export function servePage(folder: string): Router {
  const page = Router()
  page.use(refuseStrangeNames, (_request, response, next) => {
    response.set(headers)
    next()
  })
  page.get('/', (_request, response) => response.sendFile('index.html', { root: folder, cacheControl: false }))
  page.use(express.static(folder, { index: false, redirect: false, cacheControl: false }))
  return page
}
