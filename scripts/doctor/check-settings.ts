import { OperatorError } from '../operator-error'
import { findUnknownNames } from '../supervisor/find-unknown-names'
import { services } from '../supervisor/processes'
import { checkSettings } from '../supervisor/read-settings'
import { type Check, type Finding, ok, warning, wrong } from './check'
import type { Installation } from './installation'

type ConfigModule = { loadConfig(env: NodeJS.ProcessEnv): unknown }

/** What every service would say about its settings at a start, and what nobody reads. */
export const settingsCheck: Check = {
  name: 'settings',
  run: async (installation) => {
    const found = services.map(({ name }) => tryConfig(installation, name))
    return [...unknownNames(installation), ...ownProblems(installation), ...found, ...timeZone()]
  },
}

function unknownNames({ rootDir, env }: Installation): Finding[] {
  const names = findUnknownNames(rootDir, env)
  if (names.length === 0) return []
  return [warning('.env', `nothing reads ${names.join(', ')}`, 'correct the names (see .env.example), or remove them')]
}

function ownProblems({ given }: Installation): Finding[] {
  try {
    checkSettings(given)
    return []
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return [wrong('settings', error.message, 'correct them in .env or the environment')]
  }
}

function tryConfig(installation: Installation, service: string): Finding {
  const what = `${service} settings`
  const spec = services.find(({ name }) => name === service)
  const config = installation.load(service, 'config') as ConfigModule | undefined
  if (!config || !spec) return warning(what, 'not checked: its program is not here', 'build it with npm run build')
  try {
    const nodeEnv = installation.nodeEnv ? { NODE_ENV: installation.nodeEnv } : {}
    config.loadConfig({ ...installation.environmentOf(spec), ...nodeEnv })
    return ok(what, 'valid')
  } catch (error) {
    // A list of names and rules; values stay out of it.
    const { name, problems } = error as { name: string; problems?: string[] }
    if (name !== 'ConfigurationError' || !problems) throw error
    return wrong(what, problems.join('; '), 'correct them in .env or the environment')
  }
}

function timeZone(): Finding[] {
  const zone = process.env.TZ
  if (!zone) return [ok('time zone', Intl.DateTimeFormat().resolvedOptions().timeZone)]
  try {
    return [
      ok('time zone', new Intl.DateTimeFormat('en', { timeZone: zone.replace(/^:/, '') }).resolvedOptions().timeZone),
    ]
  } catch {
    return [
      wrong('time zone', `TZ is "${zone}", which is none`, 'set TZ to a name such as Africa/Nairobi, or unset it'),
    ]
  }
}
