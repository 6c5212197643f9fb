import { addressOf } from '../supervisor/complete-settings'
import { services } from '../supervisor/processes'
import { type Check, codeOf, type Finding, ok, warning, wrong } from './check'
import { getPage } from './get-page'
import type { Installation } from './installation'

/** Whether each instance lives (/health) and can do its work (/ready). */
export const servicesCheck: Check = {
  name: 'services',
  run: async (installation) => {
    if (installation.isStopped) {
      return [warning('shop', 'does not run', 'start it with npm start to have all of it checked')]
    }
    const found = services.flatMap(({ name }) => addresses(name, installation).map((url) => look(name, url)))
    return Promise.all(found)
  },
}

function addresses(service: string, { settings, given }: Installation): string[] {
  const spec = services.find(({ name }) => name === service)
  if (!spec) return []
  const urls = spec.urlSetting ? settings[spec.urlSetting] : undefined
  return (urls ?? addressOf(spec, given)).split(',').map((url) => url.trim().replace(/\/+$/, ''))
}

async function look(service: string, url: string): Promise<Finding> {
  const what = `${service} at ${URL.canParse(url) ? new URL(url).host : 'its address'}`
  const spec = services.find(({ name }) => name === service)
  const mend = `start it, or correct ${spec?.urlSetting ?? spec?.portSetting}`
  try {
    const { status: health } = await getPage(`${url}/health`)
    if (health !== 200) return wrong(what, `/health answers ${health}`, 'look at its log')
    const { status: ready } = await getPage(`${url}/ready`)
    return ready === 200
      ? ok(what, 'lives and is ready')
      : wrong(what, `lives, but /ready answers ${ready}`, 'look at its log')
  } catch (error) {
    return wrong(what, `does not answer (${codeOf(error)})`, mend)
  }
}
