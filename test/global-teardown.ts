import { removeTestDatabases } from './test-databases'

export default async function globalTeardown(): Promise<void> {
  await removeTestDatabases()
}
