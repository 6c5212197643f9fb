import { createTestDatabases } from './test-databases'

export default async function globalSetup(): Promise<void> {
  process.env.TEST_DATABASE_ADMIN_URL = await createTestDatabases()
}
