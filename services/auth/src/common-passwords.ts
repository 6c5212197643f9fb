import { readFileSync } from 'node:fs'
import { validationFailed } from '@duka/kit'

const minLength = 8

/** What people here choose, and lists that were made elsewhere lack. */
const local =
  `nairobi1 nairobi123 mombasa1 mombasa123 kisumu123 nakuru123 eldoret1 kenya123 kenya254 kenya2022 kenya2023
  kenya2024 kenya2025 kenya2026 safaricom safaricom1 safaricom123 mpesa123 mpesa1234 harambee harambee1 gormahia1
  jesus123 jesuschrist godisgood godislove godisgreat blessing1 nakupenda nakupenda1 hakunamatata simba1234
  karibu123 duka1234 admin123 admin1234 admin12345 admin@123 password@123 welcome@123 changeme123 qwerty12345
  abcd@1234 p@ssword1 p@ssw0rd p@55w0rd 0712345678 0722000000 0700000000 254700000000 123456abc`.split(/\s+/)

let commonest: string | undefined

/**
 * The most used of leaked passwords, as zxcvbn ranks them: 17,950 of eight characters or more, the local ones aside.
 * One text instead of a set of strings: 170 kB instead of 1.5 MB, and a search takes a fraction of what a hash does.
 */
function loadCommonest(): string {
  const file = require.resolve('@zxcvbn-ts/language-common/src/passwords.json')
  const ranked = JSON.parse(readFileSync(file, 'utf8')) as string[]
  return `\n${[...ranked.filter(({ length }) => length >= minLength), ...local].join('\n').toLowerCase()}\n`
}

export function isCommonPassword(password: string): boolean {
  commonest ??= loadCommonest()
  return !password.includes('\n') && commonest.includes(`\n${password.toLowerCase()}\n`)
}

/** Throws a 400 Problem at `path` where a new password is among the first that anyone would try. */
export function refuseCommonPassword(password: string, path: string): void {
  if (!isCommonPassword(password)) return
  throw validationFailed([{ path, message: 'is one of the most common passwords; choose one that is harder to guess' }])
}
