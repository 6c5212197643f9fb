import { PassThrough, pipeline, type Readable } from 'node:stream'
import type { Busboy } from 'busboy'
import type { Request } from 'express'
import { Problem } from './errors'

/** A form has its file, and a few small fields beside it. */
const limits = { files: 1, fields: 20, fieldSize: 10_000, parts: 30, headerPairs: 50 }

/** The one file of a multipart form, as it comes. It fails with a 400 Problem where the form has none, or more than one. */
export async function readFormFile(request: Request, body: Readable): Promise<Readable> {
  const form = await openForm(request)
  const file = new PassThrough()
  let hasFile = false
  form.on('file', (_name, part) => {
    hasFile = true
    part.once('error', () => file.destroy(notWhole()))
    part.pipe(file)
  })
  form.once('filesLimit', () => file.destroy(badForm('It has more than one file.')))
  pipeline(body, form, (error) => {
    if (error) file.destroy(error instanceof Problem ? error : notWhole())
    else if (!hasFile) file.destroy(badForm('It has no file.'))
  })
  // What nobody reads any more must not hold up the form.
  file.once('error', (error) => body.destroy(error))
  return file
}

/** Loaded only where a form comes. */
async function openForm({ headers }: Request): Promise<Busboy> {
  const { default: busboy } = await import('busboy')
  try {
    return busboy({ headers, limits })
  } catch {
    throw badForm('Its Content-Type names no boundary.')
  }
}

function notWhole(): Problem {
  return badForm('It did not arrive whole.')
}

function badForm(problem: string): Problem {
  return new Problem(400, 'invalid_body', `The form cannot be read. ${problem} Send one file in it.`)
}
