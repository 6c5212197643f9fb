import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describeBackup, refuseOtherKind } from '../about'
import { type Entry, textEntry } from '../archive'
import { readArchive } from '../read-archive'
import { unpack } from '../unpack'
import { writeArchive } from '../write-archive'

const folder = mkdtempSync(join(tmpdir(), 'duka-archive-'))
const path = join(folder, 'archive.tar.gz')
const never = new AbortController().signal
const long = 'x'.repeat(3_000_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(async () => {
  rmSync(path, { force: true })
  await writeArchive(
    path,
    listed([{ name: 'a' }, textEntry('a/short', 'one'), textEntry('a/long', long)]),
    () => 'now',
    never,
  )
})

async function* listed(entries: Entry[]): AsyncGenerator<Entry> {
  yield* entries
}

async function readAll() {
  const found: Record<string, string | undefined> = {}
  const manifest = await readArchive(
    path,
    async ({ name, size, body = [] }) => {
      let text = ''
      for await (const chunk of body) text += chunk
      found[name] = size === undefined ? undefined : text
    },
    never,
  )
  return { found, manifest }
}

/** Changes the archive below its compression, so that only its own list can tell. */
function change(edit: (tar: Buffer) => Buffer): void {
  writeFileSync(path, gzipSync(edit(gunzipSync(readFileSync(path)))))
}

/** Of the same length, so that all else is as it was. */
function replaceManifest(tar: Buffer, text: string): Buffer {
  const at = tar.lastIndexOf('{"moment"')
  return tar.fill(' ', at, tar.indexOf(0, at)).fill(text, at, at + text.length)
}

test.each(['junk', 'null', '{"format":1}'])('one that says %s of itself is refused', async (about) => {
  rmSync(path)
  await writeArchive(path, listed([textEntry('about.json', about)]), () => 'now', never)
  const staging = { cluster: join(folder, 'cluster'), identity: undefined, files: {}, onAbout: () => {} }
  await expect(unpack(path, staging, never)).rejects.toThrow(/what it says of itself cannot be read/)
})

test('what was written is read, and only its owner can read it', async () => {
  const { found, manifest } = await readAll()
  expect(found).toEqual({ a: undefined, 'a/short': 'one', 'a/long': long })
  expect(manifest.moment).toBe('now')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test.each([
  ['cut off', () => truncateSync(path, Math.floor(statSync(path).size / 2))],
  ['empty', () => truncateSync(path, 0)],
  ['no gzip file', () => writeFileSync(path, 'something else')],
  ['without its end', () => change((tar) => tar.subarray(0, 2048))],
  ['with another byte in a file', () => change((tar) => tar.fill('y', 1024, 1025))],
  ['with a size that is none', () => change((tar) => tar.fill(0xff, 512 + 124, 512 + 136))],
  ['with a list of contents that is none', () => change((tar) => replaceManifest(tar, 'null'))],
  ['without one of its files', () => change((tar) => Buffer.concat([tar.subarray(0, 512), tar.subarray(1536)]))],
])('an archive that is %s is refused', async (_, damage) => {
  damage()
  await expect(readAll()).rejects.toThrow(/This is no whole backup of a shop/)
})

test('bytes after its end do not matter to what is in it', async () => {
  appendFileSync(path, gzipSync(Buffer.alloc(512)))
  expect((await readAll()).found['a/short']).toBe('one')
})

test.each(['../outside', '/etc/passwd', 'a/../../outside', 'a\\b'])('a path such as %s is refused', async (name) => {
  rmSync(path)
  await writeArchive(path, listed([textEntry(name, 'x')]), () => 'now', never)
  await expect(readAll()).rejects.toThrow(/it holds the path/)
})

test('a backup of another major version, platform or format is refused, and one of this kind is not', () => {
  const own = describeBackup(['order_db'], 1)
  expect(() => refuseOtherKind(own)).not.toThrow()
  expect(() => refuseOtherKind({ ...own, postgres: '9.6.1' })).toThrow(/PostgreSQL 9 and this is PostgreSQL \d+/)
  expect(() => refuseOtherKind({ ...own, platform: 'sunos-sparc' })).toThrow(/on sunos-sparc and this is/)
  expect(() => refuseOtherKind({ ...own, format: 99 })).toThrow(/format 99/)
})
