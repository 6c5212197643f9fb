import { createStripeSimulator } from '@duka/stripe-simulator'
import { listen } from '../../services/payment/test/fake-safaricom'
import { cardAccount } from '../../services/payment/test/fake-stripe'

/** Stripe's simulator on a port, whose cards wait for the test's hand and whose events go to `shopUrl`. */
export async function startStripe(shopUrl: string) {
  const { webhookSecret, ...account } = cardAccount
  const webhookUrl = `${shopUrl}/api/webhook/stripe`
  const simulator = createStripeSimulator({ ...account, webhookSecrets: [webhookSecret], webhookUrl })
  const { url, stop } = await listen(simulator.app)
  return {
    url,
    account: { ...cardAccount, baseUrl: url },
    control: simulator.control,
    async stop() {
      await stop()
      simulator.close()
    },
  }
}
