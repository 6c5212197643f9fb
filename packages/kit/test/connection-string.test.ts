import { isConnectionString } from '../src/connection-string'

const schemes = ['postgres', 'postgresql', 'smtp']

test.each([
  'postgres://me:secret@db.example:5432/shop',
  'postgresql://me:50%25%23%40@db/shop?sslmode=require&sslrootcert=/etc/ca.pem',
  'postgres:///shop?host=/var/run/postgresql',
  'postgres://[::1]:5432/shop',
  'smtp://user:a+b@mail.example:587',
])('%s is read as it is meant', (value) => {
  expect(isConnectionString(value, schemes)).toBe(true)
})

test.each([
  ['a bare %', 'postgres://me:50%@db/shop'],
  ['a bare % behind the host', 'postgres://me:x@db/50%'],
  ['a # in the password, so that the user would be the host', 'smtp://user:12#34@mail.example'],
  ['a / in the password', 'postgres://me:12/34@db/shop'],
  ['a ? in the password', 'postgres://me:12?34@db/shop'],
  ['no host', 'postgres:///shop'],
  ['another scheme', 'mysql://me@db/shop'],
  ['nothing of it', 'db'],
])('%s is refused', (_what, value) => {
  expect(isConnectionString(value, schemes)).toBe(false)
})
