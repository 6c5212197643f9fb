import { generateKeyPairSync } from 'node:crypto'
import { createTestDatabases } from './test-databases'

export default async function globalSetup(): Promise<void> {
  process.env.TEST_DATABASE_ADMIN_URL = await createTestDatabases()
  // Making one takes longer than many a test.
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  process.env.TEST_USER_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
