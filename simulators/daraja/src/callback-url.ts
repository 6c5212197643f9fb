import { isReceiverUrl } from '@duka/simulator-kit'

// Safaricom refuses addresses with these words in any spelling of case; "exe" covers "exec".
const refusedWords = /m-?pesa|safaricom|exe|cmd|sql|query/i

/** An address that results may be POSTed to, without the words that Safaricom refuses. */
export const isCallbackUrl = (text: string): boolean => !refusedWords.test(text) && isReceiverUrl(text)
