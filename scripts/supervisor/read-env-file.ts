import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { exitCodes, OperatorError } from '../operator-error'

/** The settings of .env in a folder, whatever editor wrote it; none where there is no such file. */
export function readEnvFile(rootDir: string): Readonly<Record<string, string>> {
  const file = join(rootDir, '.env')
  if (!existsSync(file)) return {}
  return parseEnv(keepHashes(decode(readFileSync(file), file))) as Record<string, string>
}

/** Editors of Windows begin a file with a mark of its encoding, and some write two bytes for each sign. */
function decode(bytes: Buffer, file: string): string {
  const encoding =
    bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  try {
    // The decoder takes the mark away.
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    // The same is wrong with it.
  }
  throw new OperatorError(`${file} is not text in UTF-8: save it as UTF-8 in your editor.`, exitCodes.wrongSetting)
}

const assignment = /^([ \t]*(?:export[ \t]+)?[\w.-]+[ \t]*=[ \t]*)("[^"]*"|'[^']*'|`[^`]*`|[^\r\n]*)/gm

/**
 * Node's parser begins a comment at any # of a value without quotes. A shell and docker-compose do so only behind a space,
 * and a password may hold one.
 */
function keepHashes(text: string): string {
  return text.replace(assignment, (whole, start: string, value: string) => {
    const kept = value.split(/\s+#/, 1)[0]?.trimEnd() ?? ''
    if (/^["'`#]/.test(value) || !kept.includes('#')) return whole
    const quote = ["'", '`', '"'].find((each) => !kept.includes(each))
    return quote ? `${start}${quote}${kept}${quote}` : whole
  })
}
