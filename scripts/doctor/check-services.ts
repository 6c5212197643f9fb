import { addressOf } from '../supervisor/complete-settings'
import { services } from '../supervisor/processes'
import { type Check, codeOf, type Finding, ok, warning, wrong } from './check'
import { getPage, type Page } from './get-page'
import type { Installation } from './installation'
import { compareClocks } from './skew'

/** Whether each instance lives (/health), can do its work (/ready), and has the time that tokens are judged by. */
export const servicesCheck: Check = {
  name: 'services',
  run: async (installation) => {
    if (installation.isStopped) {
      return [warning('shop', 'does not run', 'start it with npm start to have all of it checked')]
    }
    const found = services.flatMap(({ name }) => addresses(name, installation).map((url) => look(name, url)))
    return (await Promise.all(found)).flat()
  },
}

function addresses(service: string, { settings, given }: Installation): string[] {
  const spec = services.find(({ name }) => name === service)
  if (!spec) return []
  const urls = spec.urlSetting ? settings[spec.urlSetting] : undefined
  return (urls ?? addressOf(spec, given)).split(',').map((url) => url.trim().replace(/\/+$/, ''))
}

async function look(service: string, url: string): Promise<Finding[]> {
  const what = `${service} at ${URL.canParse(url) ? new URL(url).host : 'its address'}`
  const spec = services.find(({ name }) => name === service)
  const mend = `start it, or correct ${spec?.urlSetting ?? spec?.portSetting}`
  try {
    const page = await getPage(`${url}/health`)
    if (page.status !== 200) return [wrong(what, `/health answers ${page.status}`, 'look at its log')]
    const { status: ready } = await getPage(`${url}/ready`)
    const readiness =
      ready === 200
        ? ok(what, 'lives and is ready')
        : wrong(what, `lives, but /ready answers ${ready}`, 'look at its log')
    return [readiness, ...lookAtClock(what, page)]
  } catch (error) {
    return [wrong(what, `does not answer (${codeOf(error)})`, mend)]
  }
}

/** A service whose clock is off takes nobody's token, or takes ended ones, and the others do not take its own. */
function lookAtClock(what: string, { date, before, after }: Page): Finding[] {
  const clock = date && compareClocks(`clock of ${what}`, date, before, after, 1_000)
  return clock && clock.level !== 'ok' ? [{ ...clock, level: 'wrong' }] : []
}
