import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

test('after an install, nothing of package-lock.json is missing: the next start installs nothing', () => {
  const module = JSON.stringify(join(__dirname, '../scripts/prepare.mjs'))
  const program = `const { isInstalled } = await import(${module}); console.log(isInstalled())`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(stdout.trim()).toBe('true')
})
