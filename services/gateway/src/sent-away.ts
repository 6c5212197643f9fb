import { counter } from '@duka/kit/metrics'

const sentAway = counter({
  name: 'http_clients_sent_away_total',
  help: 'Requests cut to make room for others: bodies that were arriving, answers that were being read.',
  labels: ['what'],
})

export function countSentAway(what: 'body' | 'answer') {
  return sentAway.with(what)
}
