import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Header } from 'tar'
import { blockBytes, damaged, type Entry, type FileRecord, type Manifest, manifestName } from './archive'
import { ByteReader } from './byte-reader'

const chunkBytes = 1 << 20
const manifestLimitBytes = 64 << 20

/**
 * Reads an archive from its beginning, giving each entry to `take`, which has to use up its body. Resolves with the
 * manifest when every byte was the one that was written; throws an OperatorError where not.
 */
export async function readArchive(
  path: string,
  take: (entry: Entry) => Promise<void>,
  signal: AbortSignal,
): Promise<Manifest> {
  const source = createReadStream(path, { signal })
  const gunzip = createGunzip()
  const piping = pipeline(source, gunzip)
  piping.catch(() => {})
  try {
    return await readEntries(new ByteReader(gunzip), take)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw damaged('it is cut off, or no gzip file')
    throw error
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

async function readEntries(reader: ByteReader, take: (entry: Entry) => Promise<void>): Promise<Manifest> {
  const found: Manifest['files'] = {}
  for (;;) {
    const header = parseHeader(await reader.read(blockBytes))
    const [name, bytes] = [safeName(header.path ?? ''), header.size ?? 0]
    if (name === manifestName) return compare(parseManifest(await readText(reader, bytes)), found)
    if (header.type === 'Directory') await take({ name })
    else found[name] = await takeFile(reader, { name, size: bytes }, take)
  }
}

function parseHeader(block: Buffer): Header {
  try {
    const header = new Header(block, 0)
    if (header.cksumValid) return header
  } catch {
    // Numbers that are none.
  }
  throw damaged('it ends, or goes on with something else, before its list of contents')
}

async function takeFile(
  reader: ByteReader,
  entry: { name: string; size: number },
  take: (entry: Entry) => Promise<void>,
): Promise<FileRecord> {
  const hash = createHash('sha256')
  const body = async function* () {
    for (let left = entry.size; left > 0; ) {
      const bytes = await reader.read(Math.min(left, chunkBytes))
      left -= bytes.length
      hash.update(bytes)
      yield bytes
    }
  }
  await take({ ...entry, body: body() })
  await skipPadding(reader, entry.size)
  return { bytes: entry.size, sha256: hash.digest('hex') }
}

async function readText(reader: ByteReader, bytes: number): Promise<string> {
  if (bytes > manifestLimitBytes) throw damaged('its list of contents is too long')
  return (await reader.read(bytes)).toString()
}

async function skipPadding(reader: ByteReader, bytes: number): Promise<void> {
  const rest = bytes % blockBytes
  if (rest > 0) await reader.read(blockBytes - rest)
}

function parseManifest(text: string): Manifest {
  try {
    const manifest = JSON.parse(text) as Manifest
    return { ...manifest, files: { ...manifest.files } }
  } catch {
    throw damaged('its list of contents cannot be read')
  }
}

function compare(manifest: Manifest, found: Manifest['files']): Manifest {
  const names = new Set([...Object.keys(manifest.files), ...Object.keys(found)])
  for (const name of names) {
    const [told, read] = [manifest.files[name], found[name]]
    if (told?.sha256 !== read?.sha256 || told?.bytes !== read?.bytes) throw damaged(`${name} is not what was written`)
  }
  return manifest
}

// An archive of somebody else must not write outside of its folder.
function safeName(path: string): string {
  const name = path.replace(/\/$/, '')
  if (/^[\w.-]+(\/[\w.-]+)*$/.test(name) && !name.split('/').includes('..')) return name
  throw damaged(`it holds the path ${JSON.stringify(path)}`)
}
