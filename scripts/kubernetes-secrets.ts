import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, OperatorError } from './operator-error'
import { services } from './supervisor/processes'
import { publicKeysOf, type Secrets, serviceKeyName } from './supervisor/secrets'

/** Settings that are secret, or come from whoever runs what they lead to; the rest is in settings.yaml. */
const isSecret =
  /^(\w+_DATABASE_READ_URL|REDIS_URL|OTEL_EXPORTER_OTLP_HEADERS|SENTRY_DSN|ADMIN_|SMTP_URL|MAIL_FROM|JWT_|STRIPE_|MPESA_(?!ENVIRONMENT|BASE_URL|CALLBACK_URL|CONFIRM|ALLOWED))/

/** One file of settings for each service, as kubectl and kustomize read them: what cannot be made up is left to fill in. */
export function kubernetesSecrets(secrets: Secrets): { file: string; text: string }[] {
  const made: Record<string, string | undefined> = {
    ADMIN_PASSWORD: secrets.adminPassword,
    JWT_PRIVATE_KEY: Buffer.from(secrets.jwtPrivateKey ?? '').toString('base64'),
  }
  return services.map(({ name, database, settings }) => {
    const own = database
      ? [
          `SERVICE_KEY=${secrets[serviceKeyName(name)]}`,
          `SERVICE_PUBLIC_KEYS=${publicKeysOf(secrets)}`,
          `${database.setting}=`,
        ]
      : []
    const others = settings
      .filter((setting) => isSecret.test(setting))
      .map((setting) => `${setting}=${made[setting] ?? ''}`)
    return { file: `${name}.env`, text: [...own, ...others, ''].join('\n') }
  })
}

/** Writes them into a folder, readable by their owner only; what is there is kept, since its keys may be in use. */
export function writeKubernetesSecrets(folder: string, secrets: Secrets): void {
  for (const { file, text } of kubernetesSecrets(secrets)) {
    try {
      writeFileSync(join(folder, file), text, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const why = code === 'EEXIST' ? 'is there already: move it away first' : `cannot be written (${message})`
      throw new OperatorError(`${join(folder, file)} ${why}.`, exitCodes.wrongSetting)
    }
  }
}
